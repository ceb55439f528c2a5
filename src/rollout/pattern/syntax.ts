/** What a pattern says. `set`: one character of these; an empty `sequence` fits nothing at all. */
export type Piece =
  | { readonly kind: 'set'; readonly has: (code: number) => boolean }
  | { readonly kind: 'sequence'; readonly pieces: readonly Piece[] }
  | { readonly kind: 'choice'; readonly pieces: readonly Piece[] }
  | { readonly kind: 'repeat'; readonly piece: Piece; readonly least: number; readonly most: number };

/** Why a text is no pattern, in words that follow it. */
export class PatternProblem extends Error {}

type Has = (code: number) => boolean;

const MOST_REPEATS = 100;
const DEEPEST = 20;
const COUNTS = /^\{(\d{1,4})(,(\d{0,4}))?\}/;

const between =
  (low: number, high: number): Has =>
  (code) =>
    code >= low && code <= high;
const isDigit = between(0x30, 0x39);
const isWord: Has = (code) =>
  isDigit(code) || between(0x41, 0x5a)(code) || between(0x61, 0x7a)(code) || code === 0x5f;
const isSpace: Has = (code) => code === 0x20 || between(0x09, 0x0d)(code) || code === 0xa0;
const not =
  (has: Has): Has =>
  (code) =>
    !has(code);

/** Classes of characters by the letter after the backslash. */
const CLASSES: Readonly<Record<string, Has>> = {
  d: isDigit,
  D: not(isDigit),
  w: isWord,
  W: not(isWord),
  s: isSpace,
  S: not(isSpace),
};

/** Reads the part of regular expressions that can be searched for in time proportional to the text. */
export function readPattern(text: string): Piece {
  const inner = text.replace(/^\^/, '').replace(/(?<!\\)\$$/, '');
  return new Reader(inner).whole();
}

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Piece {
    const piece = this.#choice();
    if (this.#at < this.#text.length) throw new PatternProblem('has a ) too many');
    return piece;
  }

  #choice(): Piece {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new PatternProblem('is nested too deeply');
    const pieces = [this.#sequence()];
    while (this.#take('|')) pieces.push(this.#sequence());
    this.#depth -= 1;
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : { kind: 'choice', pieces };
  }

  #sequence(): Piece {
    const pieces: Piece[] = [];
    while (this.#at < this.#text.length && !this.#isNext('|') && !this.#isNext(')'))
      pieces.push(this.#repeated());
    return { kind: 'sequence', pieces };
  }

  #repeated(): Piece {
    const piece = this.#single();
    const counts = this.#counts();
    if (counts === undefined) return piece;
    // Which of several ways to fit is taken makes no difference to whether it fits.
    this.#take('?');
    if (this.#counts() !== undefined) throw new PatternProblem('repeats what is repeated: put it into ( )');
    return { kind: 'repeat', piece, ...counts };
  }

  #counts(): { least: number; most: number } | undefined {
    if (this.#take('*')) return { least: 0, most: Infinity };
    if (this.#take('+')) return { least: 1, most: Infinity };
    if (this.#take('?')) return { least: 0, most: 1 };
    if (!this.#isNext('{')) return undefined;
    const written = COUNTS.exec(this.#text.slice(this.#at));
    if (written === null) throw new PatternProblem('has a { that is no repetition: write \\{');
    this.#at += written[0].length;
    return boundsOf(written);
  }

  #single(): Piece {
    if (this.#take('(')) return this.#group();
    if (this.#take('[')) return { kind: 'set', has: this.#set() };
    if (this.#take('.')) return { kind: 'set', has: (code) => code !== 0x0a && code !== 0x0d };
    if (this.#take('\\')) return { kind: 'set', has: this.#escaped() };
    const sign = this.#next();
    if ('^$'.includes(sign))
      throw new PatternProblem(`has a ${sign} within: it is the whole value that must fit, always`);
    if ('*+?{'.includes(sign)) throw new PatternProblem(`has a ${sign} that repeats nothing`);
    return { kind: 'set', has: only(sign) };
  }

  #group(): Piece {
    if (this.#isNext('?') && !this.#take('?:'))
      throw new PatternProblem('looks around, or names or sets something within (?…): only (?:…) is known');
    const piece = this.#choice();
    if (!this.#take(')')) throw new PatternProblem('has a ( that is not closed');
    return piece;
  }

  #escaped(): Has {
    const sign = this.#next();
    const known = CLASSES[sign];
    if (known !== undefined) return known;
    if (/[0-9]/.test(sign)) throw new PatternProblem('refers back to a group');
    if (/[A-Za-z]/.test(sign)) throw new PatternProblem(`has a \\${sign}, which is not known`);
    return only(sign);
  }

  #set(): Has {
    const isNegated = this.#take('^');
    const members: Has[] = [];
    while (!this.#take(']')) members.push(this.#member());
    if (members.length === 0) throw new PatternProblem('has an empty [ ]');
    const has: Has = (code) => members.some((member) => member(code));
    return isNegated ? not(has) : has;
  }

  #member(): Has {
    const low = this.#bound();
    const isRange = this.#isNext('-') && this.#text[this.#at + 1] !== ']';
    if (!isRange) return typeof low === 'string' ? only(low) : low;
    this.#take('-');
    const high = this.#bound();
    if (typeof low !== 'string' || typeof high !== 'string' || high < low)
      throw new PatternProblem('has a range in [ ] that does not go from a character to a later one');
    return between(low.charCodeAt(0), high.charCodeAt(0));
  }

  #bound(): string | Has {
    const sign = this.#next();
    if (sign !== '\\') return sign;
    const escaped = this.#text[this.#at] ?? '';
    const has = this.#escaped();
    return CLASSES[escaped] === undefined ? escaped : has;
  }

  #next(): string {
    const sign = this.#text[this.#at];
    if (sign === undefined) throw new PatternProblem('ends too early');
    this.#at += 1;
    return sign;
  }

  #isNext(sign: string): boolean {
    return this.#text.startsWith(sign, this.#at);
  }

  #take(sign: string): boolean {
    if (!this.#isNext(sign)) return false;
    this.#at += sign.length;
    return true;
  }
}

function boundsOf([, first, further, last]: RegExpExecArray): { least: number; most: number } {
  const least = Number(first);
  const most = further === undefined ? least : last === '' ? Infinity : Number(last);
  const largest = most === Infinity ? least : most;
  if (most < least || largest > MOST_REPEATS)
    throw new PatternProblem(`has a repetition that is not within 0 to ${MOST_REPEATS}`);
  return { least, most };
}

function only(sign: string): Has {
  const wanted = sign.charCodeAt(0);
  return (code) => code === wanted;
}
