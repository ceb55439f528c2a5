/** Of a longer body only that it is longer is known. */
const LONGEST_BODY = 128 * 1024;

/** An answer as it passed by, for comparison with another. */
export class RecordedAnswer {
  /** 0: there was none. */
  status = 0;
  raw: readonly Buffer[] = [];
  isTooLong = false;
  readonly #onBytes: (bytes: number) => void;
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** `onBytes` is told how many bytes more, or less, it occupies. */
  constructor(onBytes: (bytes: number) => void) {
    this.#onBytes = onBytes;
  }

  /** The answer has begun, perhaps anew: what came before was no answer to anybody. */
  begin(status: number, raw: readonly Buffer[]): void {
    this.#forget();
    this.status = status;
    this.raw = raw;
    this.isTooLong = false;
  }

  /** A piece of its body. */
  piece(bytes: Buffer): void {
    if (this.isTooLong) return;
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    this.#onBytes(bytes.length);
    if (this.#bytes <= LONGEST_BODY) return;
    this.isTooLong = true;
    this.#forget();
  }

  /** What has come of its body. */
  body(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  #forget(): void {
    this.#onBytes(-this.#bytes);
    this.#pieces = [];
    this.#bytes = 0;
  }
}
