import { fit, harmless } from './text.ts';

const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
/** The terminal shows everything between these at once, when it can. */
const BEGIN_UPDATE = '\u001B[?2026h';
const END_UPDATE = '\u001B[?2026l';
const ERASE_REST_OF_LINE = '\u001B[K';
const ERASE_BELOW = '\u001B[J';

/** What a live area needs of a terminal. */
export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

/** Lines at the bottom of a terminal that are drawn again in place. */
export class LiveArea {
  readonly #terminal: Terminal;
  readonly #onResize = (): void => {
    this.#redraw();
  };
  #lines: readonly string[] = [];
  #height = 0;
  #isOpen = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Columns to render for. */
  get width(): number {
    return Math.max(20, this.#terminal.columns ?? 80);
  }

  /** Shows these lines in place of the last ones; those that do not fit on the screen are left out. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#terminal.write(HIDE_CURSOR);
      this.#terminal.on?.('resize', this.#onResize);
    }
    this.#lines = lines;
    this.#redraw();
  }

  /** Leaves the last lines where they are and gives the cursor back. Safe to repeat. */
  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#terminal.off?.('resize', this.#onResize);
    this.#terminal.write(SHOW_CURSOR);
    this.#height = 0;
  }

  #redraw(): void {
    const rows = Math.max(1, (this.#terminal.rows ?? 24) - 1);
    const shown = this.#lines.slice(0, rows).map((line) => fit(harmless(line), this.width));
    const up = Math.min(this.#height, rows);
    const toTop = up === 0 ? '\r' : `\r\u001B[${up}A`;
    const body = shown.map((line) => `${line}${ERASE_REST_OF_LINE}\n`).join('');
    this.#terminal.write(`${BEGIN_UPDATE}${toTop}${body}${ERASE_BELOW}${END_UPDATE}`);
    this.#height = shown.length;
  }
}
