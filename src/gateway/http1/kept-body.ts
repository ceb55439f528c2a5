/** A longer body is not kept, so that what waits for an answer holds little memory. */
const LONGEST_KEPT = 64 * 1024;

/** What has gone by of a request's body, so that it can be sent once more. */
export class KeptBody {
  #pieces: Buffer[] = [];
  #length = 0;
  #isWhole = false;

  /** A piece goes by. */
  readonly piece = (piece: Buffer): void => {
    this.#length += piece.length;
    if (this.#length <= LONGEST_KEPT) this.#pieces.push(piece);
    else this.#pieces = [];
  };

  /** The last piece has gone by. */
  readonly end = (): void => {
    this.#isWhole = this.#length <= LONGEST_KEPT;
  };

  /** All of it; undefined while it has not come, or when it is too long. */
  whole(): Buffer | undefined {
    return this.#isWhole ? Buffer.concat(this.#pieces) : undefined;
  }

  /** True when all of it can be sent once more. */
  get isWhole(): boolean {
    return this.#isWhole;
  }
}
