import { isJsonObject } from '../../base/json.ts';
import { isSameJson } from '../../base/same-json.ts';
import { ticksTogether } from '../../analysis/ticks-together.ts';
import type { CountedTick } from '../../engine/decision.ts';
import { packed, unpacked } from '../store/packing.ts';

/** What the ticks of one release may take, in characters: a tenth of what one object can hold. */
export const LONGEST = 100_000;
/** Ticks further from each other than this have a gap between them. */
const GAP_MS = 500;

/** Ticks as a text. */
export function partOf(ticks: readonly CountedTick[]): string {
  return packed(JSON.stringify(ticks));
}

/** The ticks in texts, in their order. What is damaged is left out: a gap. */
export function ticksIn(parts: readonly string[]): readonly CountedTick[] {
  return parts.flatMap((part) => ticksOf(part) ?? []);
}

/** How many of these texts are damaged. */
export function damagedIn(parts: readonly string[]): number {
  return parts.filter((part) => ticksOf(part) === undefined).length;
}

/** Undefined for what is damaged. */
function ticksOf(part: string): readonly CountedTick[] | undefined {
  try {
    const read: unknown = JSON.parse(unpacked(part));
    return Array.isArray(read) && read.every(isTick) ? read : undefined;
  } catch {
    return undefined;
  }
}

function isTick(one: unknown): one is CountedTick {
  return (
    isJsonObject(one) &&
    typeof one['at'] === 'number' &&
    isJsonObject(one['tick']) &&
    isJsonObject(one['judgement'])
  );
}

/** What texts take together. */
export function lengthOf(parts: readonly string[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

/**
 * Two ticks as one, that of both together with what was said after the later; undefined where that would hide something: a
 * step, a gap, a verdict, another division of the traffic.
 */
export function joined(earlier: CountedTick, later: CountedTick): CountedTick | undefined {
  const isSame =
    earlier.step === later.step &&
    earlier.tick.plannedShare === later.tick.plannedShare &&
    isSameJson(verdictsOf(earlier), verdictsOf(later));
  const apartMs = later.at - later.tick.ms - earlier.at;
  if (!isSame || Math.abs(apartMs) > GAP_MS) return undefined;
  return { ...later, tick: ticksTogether(earlier.tick, later.tick) };
}

function verdictsOf({ judgement }: CountedTick): readonly string[] {
  return [judgement.verdict, ...judgement.checks.map(({ verdict }) => verdict)];
}

/** About half as many ticks, which tell the same more coarsely. */
export function halved(ticks: readonly CountedTick[]): readonly CountedTick[] {
  const kept: CountedTick[] = [];
  let open: CountedTick | undefined;
  for (const tick of ticks) {
    const pair = open === undefined ? undefined : joined(open, tick);
    if (pair !== undefined) {
      kept.push(pair);
      open = undefined;
      continue;
    }
    if (open !== undefined) kept.push(open);
    open = tick;
  }
  return open === undefined ? kept : [...kept, open];
}

/** Ticks so thinned that they take no more than half of what they may, and how often they were halved for it. */
export function thinned(ticks: readonly CountedTick[]): { readonly part: string; readonly times: number } {
  let kept = ticks;
  let part = partOf(kept);
  let times = 0;
  while (part.length > LONGEST / 2) {
    const fewer = halved(kept);
    // Where nothing can be told as one, what is oldest goes, and there is a gap.
    kept = fewer.length < kept.length ? fewer : kept.slice(Math.ceil(kept.length / 2));
    part = partOf(kept);
    times += 1;
  }
  return { part, times };
}

/** The ticks up to a moment: what a crash forgets is measured again, and not to be told twice. */
export function ticksUntil(ticks: readonly CountedTick[], at: number): readonly CountedTick[] {
  return ticks.filter((one) => one.at <= at + GAP_MS);
}
