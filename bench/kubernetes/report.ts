import type { Used } from './operator.ts';

/** What one run has measured. */
export interface Measured {
  readonly count: number;
  readonly idle: Used;
  readonly idleMiB: number;
  /** All released at once. */
  readonly wave: Used;
  readonly waveMiB: number;
  readonly promoted: number;
  readonly noticedMs: readonly number[];
}

/** What others need at 100 Rollouts, their waves with three measurements ten seconds apart (measured on a machine like this). */
const RIVALS_AT_100 = [
  'Argo Rollouts at 100: idle ~0 core, 93 MiB; wave 126 s, 9.5 CPU-s, 7,216 requests',
  'Flagger at 100: idle 0.065 core, 104-113 requests/s, 72 MiB; wave 209 s, 15.1 CPU-s, 33,729 requests',
];

/** The better of the others at 100; they grow with the number of Rollouts. */
const WAVE_AT_100 = { seconds: 126, cpuSeconds: 9.5, requests: 7_216 };

interface Row {
  readonly what: string;
  readonly value: number;
  readonly most: number;
}

/** The results beside their targets, misses too. */
export function printed(measured: Measured): { readonly text: string; readonly isReached: boolean } {
  const rows = rowsOf(measured);
  const lines = rows.map(({ what, value, most }) => {
    const shown = [value, most].map((one) => one.toFixed(one < 10 ? 3 : 0).padStart(9));
    return `${value <= most ? 'reached' : 'MISSED '} ${what.padEnd(34)}${shown[0] ?? ''}  at most ${shown[1] ?? ''}`;
  });
  const { idle, wave } = measured;
  const details = [`at rest: ${idle.verbs}`, `wave: ${wave.verbs}`, ...RIVALS_AT_100];
  return {
    text: [...lines, ...details].join('\n'),
    isReached: rows.every(({ value, most }) => value <= most),
  };
}

function rowsOf({ count, idle, idleMiB, wave, waveMiB, promoted, noticedMs }: Measured): readonly Row[] {
  const scale = count / 100;
  const sorted = [...noticedMs].sort((a, b) => a - b);
  const at = (share: number): number => (sorted[Math.ceil(share * sorted.length) - 1] ?? Infinity) / 1_000;
  return [
    { what: 'at rest, requests/s', value: idle.requests / idle.seconds, most: 1 },
    { what: 'at rest, cores', value: idle.cpuSeconds / idle.seconds, most: 0.02 },
    { what: 'at rest, MiB', value: idleMiB, most: count <= 100 ? 120 : 300 },
    { what: 'not promoted', value: count - promoted, most: 0 },
    { what: 'new image to noticed, median s', value: at(0.5), most: 1 },
    { what: 'new image to noticed, last s', value: at(1), most: 1 },
    { what: 'wave, s', value: wave.seconds, most: WAVE_AT_100.seconds * scale },
    { what: 'wave, CPU-s', value: wave.cpuSeconds, most: WAVE_AT_100.cpuSeconds * scale },
    { what: 'wave, requests', value: wave.requests, most: WAVE_AT_100.requests * scale },
    { what: 'after the wave, MiB', value: waveMiB, most: count <= 100 ? 120 : 300 },
  ];
}
