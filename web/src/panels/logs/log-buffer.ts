import type { LogLine } from '../../../../src/client/index.ts';

/** Lines that are kept. */
const MOST_LINES = 5_000;
/** Of one line. */
const MOST_CHARACTERS = 4_000;
const ESC = '\u001B';
/** What a terminal would obey instead of show: colours, moves of the cursor, and characters that are no text. */
const COMMANDS = new RegExp(`${ESC}\\[[0-9;?]*[A-Za-z]|[\\u0000-\\u0008\\u000A-\\u001F\\u007F-\\u009F]`, 'g');

/** A line as it is shown. */
export interface ShownLine {
  /** Grows. */
  readonly id: number;
  /** The revision of a process, or the hook. */
  readonly of: string;
  /** Which of its processes; absent for a hook. */
  readonly instance?: string;
  readonly text: string;
}

/** Which lines are wanted. */
export interface LogFilter {
  /** In any case of letters; empty: all. */
  readonly text: string;
  /** The revision or the hook; absent: all. */
  readonly of?: string;
}

/** The newest lines of log: however much is written, the page keeps no more. */
export class LogBuffer {
  readonly #most: number;
  #lines: ShownLine[] = [];
  #written = 0;

  constructor(most: number = MOST_LINES) {
    this.#most = most;
  }

  /** How many lines there have been, those included that are kept no more. */
  get written(): number {
    return this.#written;
  }

  /** Who has written any of the lines that are kept. */
  get writers(): readonly string[] {
    return [...new Set(this.#lines.map((line) => line.of))];
  }

  /** Adds a line as the server sent it. */
  add(line: LogLine): void {
    this.#written += 1;
    const whose = 'hook' in line ? { of: line.hook } : { of: line.revision, instance: line.instance };
    this.#lines.push({ id: this.#written, ...whose, text: harmless(line.text) });
    // Not at each line: what is cut off is a lot at once.
    if (this.#lines.length > this.#most * 1.25) this.#lines = this.#lines.slice(-this.#most);
  }

  /** The newest `count` lines that fit, oldest first; of those written up to and including `until`. */
  newest(count: number, filter: LogFilter, until = Infinity): readonly ShownLine[] {
    const sought = filter.text.toLowerCase();
    const found: ShownLine[] = [];
    for (let place = this.#lines.length - 1; place >= 0 && found.length < count; place -= 1) {
      const line = this.#lines[place];
      if (line !== undefined && line.id <= until && isWanted(line, sought, filter.of)) found.push(line);
    }
    return found.reverse();
  }
}

function isWanted({ of, text }: ShownLine, sought: string, wanted: string | undefined): boolean {
  return (wanted === undefined || of === wanted) && (sought === '' || text.toLowerCase().includes(sought));
}

function harmless(text: string): string {
  const shown = text.replace(COMMANDS, '');
  return shown.length > MOST_CHARACTERS ? `${shown.slice(0, MOST_CHARACTERS)}…` : shown;
}
