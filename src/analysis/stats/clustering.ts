import type { Exposure } from '../measurement.ts';

/** Both arms in one tick. */
interface Arms {
  readonly candidate: Exposure;
  readonly control: Exposure;
}

/** Both arms in one window of time, as it is kept: short as JSON. */
type Window = readonly [
  candidateTrials: number,
  candidateEvents: number,
  controlTrials: number,
  controlEvents: number,
];

/** How clustered events are at one length of time: each window is compared with the one before and the one after. */
interface Scale {
  readonly left?: Window;
  /** Waits for its right neighbour. */
  readonly middle?: Window;
  readonly open: Window;
  readonly openMs: number;
  /** Over all windows but the newest two: squared peaks by event, what they would be were events independent. */
  readonly peaks: number;
  readonly expected: number;
  /** Events, and the squares of their numbers in the windows: how many windows have told it all. */
  readonly events: number;
  readonly squares: number;
}

/**
 * Whether events come one by one or in clusters: retries, one customer with a bad request, a pod. A few hundred
 * bytes, however long it lasts.
 */
export type Clustering = readonly Scale[];

interface ScaleSettings {
  readonly ms: number;
  /** Windows too new to have been confirmed by what followed count as well. */
  readonly atFirstSight: boolean;
  /** Independent events imagined beforehand. */
  readonly prior: number;
  /** Standard errors that a measured size must exceed 1 by. */
  readonly doubt: number;
}

/** What lasts longer than the longest of these is not one cause but a state of the service. */
const SCALES: readonly ScaleSettings[] = [
  { ms: 2_000, atFirstSight: true, prior: 1, doubt: 1 },
  { ms: 5_000, atFirstSight: false, prior: 3, doubt: 2 },
  { ms: 12_000, atFirstSight: false, prior: 3, doubt: 2.5 },
];

/** One cause is not believed to have more events than this, lest a version that fails at once be waited for. */
const LARGEST_AT_FIRST_SIGHT = 10;
const LARGEST = 20;

/** Events of the other arm from which a peak at the same time is one that both share. */
const SHARED_FROM = 3;

const NOTHING: Exposure = { trials: 0, events: 0 };
const NO_WINDOW: Window = [0, 0, 0, 0];

/** Nothing known yet. */
export const NO_CLUSTERING: Clustering = SCALES.map(() => ({
  open: NO_WINDOW,
  openMs: 0,
  peaks: 0,
  expected: 0,
  events: 0,
  squares: 0,
}));

/** Adds one tick. */
export function addToClustering(clustering: Clustering, ms: number, tick: Arms): Clustering {
  return clustering.map((scale, index) => {
    const open = widened(scale.open, tick);
    const openMs = scale.openMs + ms;
    const isFull = openMs >= (SCALES[index]?.ms ?? 0) && hasTrials(open);
    return isFull ? closed({ ...scale, open, openMs }) : { ...scale, open, openMs };
  });
}

function widened(
  [trials, events, controlTrials, controlEvents]: Window,
  { candidate, control }: Arms,
): Window {
  return [
    trials + candidate.trials,
    events + candidate.events,
    controlTrials + control.trials,
    controlEvents + control.events,
  ];
}

function hasTrials([candidate, , control]: Window): boolean {
  return candidate + control > 0;
}

function closed({ left, middle, open, ...sums }: Scale): Scale {
  const counted = middle === undefined ? sums : withWindow(sums, { left, middle, right: open });
  const next = { ...counted, open: NO_WINDOW, openMs: 0, middle: open };
  return middle === undefined ? next : { ...next, left: middle };
}

/**
 * How many events one cause has, as measured; 1 for independent events. Shared disturbances do not raise it: what
 * lasts is confirmed by its neighbours, and a short one by the other arm.
 */
export function clusterSize(clustering: Clustering): number {
  let size = 1;
  clustering.forEach((scale, index) => {
    const settings = SCALES[index];
    if (settings !== undefined) size = Math.max(size, sizeAt(scale, settings));
  });
  return Math.min(size, LARGEST);
}

function sizeAt(scale: Scale, { atFirstSight, prior, doubt }: ScaleSettings): number {
  const { peaks, expected, events, squares } = atFirstSight ? withNewest(scale) : scale;
  if (events === 0) return 1;
  return (peaks + prior) / (expected + prior) - (doubt * Math.sqrt(squares)) / events;
}

type Sums = Pick<Scale, 'peaks' | 'expected' | 'events' | 'squares'>;

function withNewest(scale: Scale): Sums {
  const { left, middle, open } = scale;
  const right = hasTrials(open) ? open : undefined;
  const largest = LARGEST_AT_FIRST_SIGHT;
  const first = middle === undefined ? scale : withWindow(scale, { left, middle, right, largest });
  return right === undefined ? first : withWindow(first, { left: middle, middle: right, largest });
}

interface Neighbours {
  readonly left?: Window | undefined;
  readonly middle: Window;
  readonly right?: Window | undefined;
  readonly largest?: number;
}

const OTHER = { candidate: 'control', control: 'candidate' } as const;
type Arm = keyof typeof OTHER;

/**
 * Clusters of size k make a window a peak above its higher neighbour whose square, in units of the variance of
 * independent events, is k times as large.
 */
function withWindow<Kept extends Sums>(sums: Kept, neighbours: Neighbours): Kept {
  return withArm(withArm(sums, neighbours, 'candidate'), neighbours, 'control');
}

function armOf(window: Window | undefined, arm: Arm): Exposure {
  if (window === undefined) return NOTHING;
  return arm === 'candidate'
    ? { trials: window[0], events: window[1] }
    : { trials: window[2], events: window[3] };
}

function withArm<Kept extends Sums>(sums: Kept, neighbours: Neighbours, arm: Arm): Kept {
  const { left, middle, right, largest = Infinity } = neighbours;
  const window = armOf(middle, arm);
  if (!isPeopled(window)) return sums;
  const around = asIn(window, armOf(left, arm)) + asIn(window, armOf(right, arm));
  return {
    ...sums,
    peaks: sums.peaks + window.events * Math.min(unsharedHeight(neighbours, arm), largest),
    expected: sums.expected + window.events * expectedHeight(around),
    events: sums.events + window.events,
    squares: sums.squares + window.events ** 2,
  };
}

function isPeopled({ trials, events }: Exposure): boolean {
  return trials > 0 && events > 0;
}

/** When both arms peak together, only what one has more of than the other is its own. */
function unsharedHeight({ left, middle, right }: Neighbours, arm: Arm): number {
  const peakOf = (one: Arm) => heightAbove(armOf(middle, one), armOf(left, one), armOf(right, one));
  const height = peakOf(arm);
  const other = armOf(middle, OTHER[arm]);
  if (height === 0 || other.events < SHARED_FROM || peakOf(OTHER[arm]) <= 1) return height;
  return Math.min(height, peakAbove(armOf(middle, arm), other));
}

/** The squared peak of a window above the higher of its neighbours; without any it is all peak. */
function heightAbove(window: Exposure, left: Exposure, right: Exposure): number {
  if (!isPeopled(window)) return 0;
  const higher = asIn(window, left) >= asIn(window, right) ? left : right;
  return higher.trials > 0 ? peakAbove(window, higher) : window.events;
}

/** How many events the window would have at the rate of another. */
function asIn(window: Exposure, other: Exposure): number {
  return other.trials > 0 ? (other.events * window.trials) / other.trials : 0;
}

/**
 * The square of what exceeds the other window's rate, over its variance for independent events. A window with little
 * exposure is not held to the little variance it has.
 */
function peakAbove(window: Exposure, other: Exposure): number {
  const scale = window.trials / other.trials;
  const excess = window.events - scale * other.events;
  return excess <= 0 ? 0 : excess ** 2 / ((window.events + other.events) * Math.max(1, scale));
}

/** What independent events make of the squared peak on average, by event, beside `around` events in the two neighbours. Fitted. */
function expectedHeight(around: number): number {
  return 0.23 + 0.6 * 0.2 ** around + 0.17 * 0.94 ** around;
}
