import fc from 'fast-check';
import type { Engine } from '../world.ts';
import { histories } from './arbitraries.ts';
import { play, type History } from './history.ts';
import { scriptOf } from './script.ts';

/** Which histories are tried: the same seed, the same histories. */
export interface Search {
  readonly seed: number;
  readonly count: number;
  /** Another engine than the real one. */
  readonly engine?: Engine;
  /** Whose histories; all kinds without it. */
  readonly among?: fc.Arbitrary<History>;
  /** Plays one, and throws when something is wrong with it. */
  readonly check?: (history: History) => void;
}

/** A history in which something went wrong, as short as could be made of the one that was found. */
export interface Found {
  readonly history: History;
  readonly why: string;
}

/** Plays random histories until one goes wrong; undefined when none does. */
export function findBreach(search: Search): Found | undefined {
  const { seed, count, engine, among = histories } = search;
  const playing = engine === undefined ? {} : { engine };
  const check = search.check ?? ((history) => void play(history, playing));
  const { counterexample } = fc.check(fc.property(among, check), { seed, numRuns: count });
  if (counterexample === null) return undefined;
  const history = shortened(counterexample[0], (one) => problemWith(one, check) !== undefined);
  return { history, why: problemWith(history, check) ?? 'nothing any more' };
}

/** The text of a history that went wrong, to be put into a file and played again. */
export function foundScript({ history, why }: Found): string {
  const how = 'play it again, with what is seen and decided: npm run bench -- histories --replay FILE';
  return [`# ${why}`, `# ${how}`, scriptOf(history)].join('\n');
}

/** What goes wrong when a history is played; undefined: nothing. */
export function problemWith(history: History, check: (history: History) => void): string | undefined {
  try {
    check(history);
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

/** Leaves out, first by many and then by one, what can be missed. */
function shortened(history: History, isWrong: (history: History) => boolean): History {
  let shortest = history;
  for (
    let size = Math.ceil(history.happenings.length / 2);
    size >= 1;
    size = size > 1 ? Math.ceil(size / 2) : 0
  ) {
    for (let at = shortest.happenings.length - size; at >= 0; at -= size) {
      const without = { ...shortest, happenings: shortest.happenings.toSpliced(at, size) };
      if (isWrong(without)) shortest = without;
    }
  }
  return shortest;
}
