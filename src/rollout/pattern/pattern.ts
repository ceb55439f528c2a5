import { PatternProblem, readPattern, type Piece } from './syntax.ts';

/** What may have to be looked at for each character; the time a text takes is its length times this, at most. */
const MOST_STATES = 500;
/** Longer patterns nobody reads; longer values fit none. */
const LONGEST_PATTERN = 200;
const LONGEST_VALUE = 2_048;

type Step =
  | { readonly kind: 'set'; readonly has: (code: number) => boolean; readonly next: number }
  | { readonly kind: 'split'; readonly next: readonly number[] }
  | { readonly kind: 'end' };

/** A regular expression that is told in time proportional to the text whether it fits all of it. */
export interface Pattern {
  fits(text: string): boolean;
}

/** A pattern of this text, or why it is none that may be used, in words that follow the text. */
export function parsePattern(text: string): Pattern | { readonly problem: string } {
  if (text.length > LONGEST_PATTERN) return { problem: `is longer than ${LONGEST_PATTERN} characters` };
  try {
    const states = new States();
    const start = states.before(readPattern(text), states.add({ kind: 'end' }));
    return { fits: (value) => fits(states.steps, start, value) };
  } catch (error) {
    if (error instanceof PatternProblem) return { problem: error.message };
    throw error;
  }
}

/** Thompson's construction, from the end to the beginning: each state knows what comes after it. */
class States {
  readonly steps: Step[] = [];

  add(step: Step): number {
    if (this.steps.length >= MOST_STATES)
      throw new PatternProblem('repeats too much to be searched for fast');
    this.steps.push(step);
    return this.steps.length - 1;
  }

  /** Where `piece`, and after it `next`, begins. */
  before(piece: Piece, next: number): number {
    switch (piece.kind) {
      case 'set':
        return this.add({ kind: 'set', has: piece.has, next });
      case 'sequence':
        return piece.pieces.reduceRight((after, one) => this.before(one, after), next);
      case 'choice':
        return this.add({ kind: 'split', next: piece.pieces.map((one) => this.before(one, next)) });
      case 'repeat':
        return this.#repeated(piece, next);
    }
  }

  #repeated({ piece, least, most }: Extract<Piece, { kind: 'repeat' }>, next: number): number {
    let at = most === Infinity ? this.#loop(piece, next) : next;
    for (let i = least; i < most && most !== Infinity; i += 1)
      at = this.add({ kind: 'split', next: [this.before(piece, at), next] });
    for (let i = 0; i < least; i += 1) at = this.before(piece, at);
    return at;
  }

  #loop(piece: Piece, next: number): number {
    const again: number[] = [next];
    const loop = this.add({ kind: 'split', next: again });
    again.push(this.before(piece, loop));
    return loop;
  }
}

/** All the ways the text could fit are followed at once, so that none has to be tried again. */
function fits(steps: readonly Step[], start: number, text: string): boolean {
  if (text.length > LONGEST_VALUE) return false;
  let now = new Set<number>();
  reach(steps, now, start);
  for (let i = 0; i < text.length && now.size > 0; i += 1) {
    const code = text.charCodeAt(i);
    const then = new Set<number>();
    for (const at of now) {
      const step = steps[at];
      if (step?.kind === 'set' && step.has(code)) reach(steps, then, step.next);
    }
    now = then;
  }
  return [...now].some((at) => steps[at]?.kind === 'end');
}

/** Adds a state, and those that are reached from it without a character. */
function reach(steps: readonly Step[], reached: Set<number>, first: number): void {
  const open = [first];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (reached.has(at)) continue;
    reached.add(at);
    const step = steps[at];
    if (step?.kind === 'split') open.push(...step.next);
  }
}
