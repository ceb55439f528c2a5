import { normalDensity, normalTail } from '../distributions/normal.ts';

/**
 * The distribution of the z statistic on the paths that have not been stopped so far: masses at the nodes of a
 * quadrature. `information` is the share of the planned data.
 */
export interface Continuing {
  readonly nodes: readonly number[];
  readonly masses: readonly number[];
  readonly information: number;
}

/** Before the first look: everything is still at 0. */
export const NOTHING_SEEN: Continuing = { nodes: [0], masses: [1], information: 0 };

/** Beyond this many standard errors a normal variable has no mass that counts. */
const REACH = 9;

/** Nodes and weights of the Gauss–Legendre rule with eight points on [-1, 1], the positive half. */
const GAUSS = [
  [0.1834346424956498, 0.362683783378362],
  [0.525532409916329, 0.3137066458778873],
  [0.7966664774136267, 0.2223810344533745],
  [0.9602898564975363, 0.1012285362903763],
] as const;

/** A part of the line, possibly without limits. */
export interface Region {
  readonly low: number;
  readonly high: number;
}

/** A look at a share of the planned data. `next` is the share at the look after it, which needs finer nodes when it is near. */
export interface Look {
  readonly information: number;
  readonly next: number;
}

/** The probability of being above `bound` at a look, of paths that have not been stopped before. */
export function crossing(before: Continuing, information: number, bound: number): number {
  const { from, step, scale } = increment(before, information);
  return before.masses.reduce(
    (sum, mass, index) => sum + mass * normalTail((bound * scale - (before.nodes[index] ?? 0) * from) / step),
    0,
  );
}

/** The density of the z statistic at a look, of paths that have not been stopped before. */
export function densityAt(before: Continuing, information: number, z: number): number {
  const { from, step, scale } = increment(before, information);
  const centre = (z * scale) / step;
  let sum = 0;
  for (let index = 0; index < before.nodes.length; index += 1) {
    const off = centre - ((before.nodes[index] ?? 0) * from) / step;
    if (Math.abs(off) < REACH) sum += (before.masses[index] ?? 0) * normalDensity(off);
  }
  return (sum * scale) / step;
}

/** The paths that go on after a look: those within the region (Armitage, McPherson and Rowe 1969). */
export function goOn(before: Continuing, look: Look, region: Region): Continuing {
  const low = Math.max(region.low, -REACH);
  const high = Math.min(region.high, REACH);
  const { information, next } = look;
  const arriving = Math.sqrt((information - before.information) / information);
  const leaving = Math.sqrt((next - information) / information);
  const width = 2 * Math.min(1, arriving, leaving === 0 ? 1 : leaving);
  const panels = Math.max(1, Math.ceil((high - low) / width));
  const half = (high - low) / panels / 2;
  const nodes: number[] = [];
  const masses: number[] = [];
  for (let panel = 0; panel < panels; panel += 1) {
    const centre = low + half * (2 * panel + 1);
    for (const [at, weight] of GAUSS) {
      for (const node of [centre - at * half, centre + at * half]) {
        nodes.push(node);
        masses.push(weight * half * densityAt(before, information, node));
      }
    }
  }
  return { nodes, masses, information };
}

/** Sums grow by independent normal steps: `z·√information` is a Brownian motion. */
function increment(before: Continuing, information: number) {
  return {
    from: Math.sqrt(before.information),
    step: Math.sqrt(information - before.information),
    scale: Math.sqrt(information),
  };
}
