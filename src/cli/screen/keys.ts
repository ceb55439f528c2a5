/** A key: what it writes, or what it is called. */
export type Key = string;

const NAMED: Readonly<Record<string, Key>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\u001B': 'escape',
  '\u001A': 'ctrl-z',
  '\u000C': 'ctrl-l',
  '\u001B[A': 'up',
  '\u001BOA': 'up',
  '\u001B[B': 'down',
  '\u001BOB': 'down',
};

const PASTE_BEGINS = '\u001B[200~';
const PASTE_ENDS = '\u001B[201~';
/** What a terminal sends for one key: a sequence, or a character. */
const SENT = /\u001B\[[\d;?<]*[A-Za-z~]|\u001BO[A-Z]|[^]/gu;

/** Reads what a terminal sends as keys. What was pasted is none, nor is a key that has no name here. */
export class KeyReader {
  #isPasting = false;

  /** The keys in a piece, in order. */
  read(text: string): readonly Key[] {
    return [...text.matchAll(SENT)].flatMap(([sent]) => this.#keyOf(sent));
  }

  #keyOf(sent: string): readonly Key[] {
    if (sent === PASTE_BEGINS) this.#isPasting = true;
    const isPasted = this.#isPasting;
    if (sent === PASTE_ENDS) this.#isPasting = false;
    if (isPasted) return [];
    const named = NAMED[sent];
    if (named !== undefined) return [named];
    return sent.length <= 2 && sent >= ' ' && sent !== '\u007F' ? [sent] : [];
  }
}
