import type { Job, Output } from '../io.ts';

const ENTER_SCREEN = '\u001B[?1049h';
const LEAVE_SCREEN = '\u001B[?1049l';
const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
/** A line that is longer than it seems stays on its own row. */
const NO_WRAP = '\u001B[?7l';
const WRAP = '\u001B[?7h';
/** Pasted text is marked as such, and is not taken for keys. */
const MARK_PASTES = '\u001B[?2004h';
const LEAVE_PASTES = '\u001B[?2004l';
/** The terminal shows everything between these at once, when it can. */
const BEGIN_UPDATE = '\u001B[?2026h';
const END_UPDATE = '\u001B[?2026l';
const ERASE_ALL = '\u001B[2J';
const ERASE_REST_OF_LINE = '\u001B[K';
/** No style goes on from one line to the next. */
const NO_STYLE = '\u001B[0m';

/** What the screen needs of its process. */
export interface ScreenPlace {
  readonly stdout: Output;
  readonly job?: Job;
  /** Told when everything has to be drawn again. */
  readonly onChange: () => void;
}

/**
 * A screen of its own beside what the terminal shows, which comes back when it ends: also when the process is stopped,
 * or ends in another way. A frame is one write, of the rows that have changed alone.
 */
export class FullScreen {
  readonly #place: ScreenPlace;
  #rows: readonly string[] = [];
  #isOpen = false;
  #isShown = false;
  #isWaiting = false;
  #release: (() => void) | undefined;
  readonly #onResize = (): void => {
    this.repaint();
  };

  constructor(place: ScreenPlace) {
    this.#place = place;
  }

  /** How much it shows; never nothing, whatever the terminal says. */
  get size(): { readonly columns: number; readonly rows: number } {
    const { columns = 80, rows = 24 } = this.#place.stdout;
    return { columns: Math.max(1, columns), rows: Math.max(1, rows) };
  }

  /** Takes the terminal. Safe to repeat. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const { stdout, job } = this.#place;
    stdout.on?.('resize', this.#onResize);
    this.#release = job?.guard({
      leave: () => {
        this.#hide();
      },
      enter: () => {
        this.#show();
        this.repaint();
      },
    });
    this.#show();
  }

  /** Shows these rows. While the terminal is behind, nothing: who draws is told when it has caught up. */
  draw(rows: readonly string[]): void {
    if (!this.#isShown || this.#isWaiting) return;
    const changed = rows.flatMap((row, index) => (row === this.#rows[index] ? [] : [placed(row, index)]));
    const emptied = this.#rows.slice(rows.length).map((_, index) => placed('', rows.length + index));
    this.#rows = rows;
    if (changed.length + emptied.length > 0)
      this.#write(`${BEGIN_UPDATE}${changed.join('')}${emptied.join('')}${END_UPDATE}`);
  }

  /** Has every row drawn again. */
  repaint(): void {
    if (!this.#isShown) return;
    this.#rows = [];
    this.#write(ERASE_ALL);
    this.#place.onChange();
  }

  /** Gives the terminal back as it was. Safe to repeat. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#place.stdout.off?.('resize', this.#onResize);
    this.#release?.();
    this.#hide();
  }

  #show(): void {
    if (this.#isShown) return;
    this.#isShown = true;
    this.#rows = [];
    this.#write(`${ENTER_SCREEN}${HIDE_CURSOR}${NO_WRAP}${MARK_PASTES}${ERASE_ALL}`);
  }

  #hide(): void {
    if (!this.#isShown) return;
    this.#isShown = false;
    this.#write(`${END_UPDATE}${NO_STYLE}${LEAVE_PASTES}${WRAP}${SHOW_CURSOR}${LEAVE_SCREEN}`);
  }

  #write(text: string): void {
    const { stdout, onChange } = this.#place;
    if (stdout.write(text) !== false || stdout.once === undefined || this.#isWaiting) return;
    this.#isWaiting = true;
    stdout.once('drain', () => {
      this.#isWaiting = false;
      onChange();
    });
  }
}

function placed(row: string, index: number): string {
  return `\u001B[${index + 1};1H${row}${NO_STYLE}${ERASE_REST_OF_LINE}`;
}
