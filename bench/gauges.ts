// bench: how soon more memory, or a leak, is found with so many processes on each side, and the false alarms
import { alarms, memoryCheck, type Fleet } from '../test/analysis/gauges.ts';

const SIDES = [
  [2, 18],
  [3, 3],
  [1, 3],
  [1, 1],
] as const;
const grown = (factor: number) => () => factor;
const leaking = (share: number) => (minute: number) => 1 + share * minute;

interface Case {
  readonly name: string;
  readonly fleet: Partial<Fleet>;
  readonly minutes: number;
  readonly runs: number;
}

const CASES: readonly Case[] = [
  { name: 'alike, stopped within an hour', fleet: {}, minutes: 60, runs: 500 },
  { name: '30 % more', fleet: { candidate: grown(1.3) }, minutes: 10, runs: 200 },
  { name: '50 % more', fleet: { candidate: grown(1.5) }, minutes: 10, runs: 200 },
  { name: 'twice as much', fleet: { candidate: grown(2) }, minutes: 10, runs: 200 },
  { name: 'three times as much', fleet: { candidate: grown(3) }, minutes: 10, runs: 200 },
  { name: 'a leak of 2 % a minute', fleet: { candidate: leaking(0.02) }, minutes: 60, runs: 100 },
  { name: 'a leak of 0.5 % a minute', fleet: { candidate: leaking(0.005) }, minutes: 60, runs: 100 },
];

/** In how many runs, and after how many minutes in half of them. */
function found({ fleet, minutes, runs }: Case, [candidates, controls]: readonly [number, number]): string {
  const times = alarms(memoryCheck(), { candidates, controls, ...fleet }, { minutes, runs });
  const share = `${Number(((100 * times.length) / runs).toFixed(1))} %`;
  const median = times[Math.floor(runs / 2)];
  return median === undefined ? share : `${share}, ${Math.round(median)} min`;
}

const head = ['', ...SIDES.map(([candidates, controls]) => `${candidates} against ${controls}`)];
const rows = CASES.map((one) => [one.name, ...SIDES.map((side) => found(one, side))]);
const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
console.log(lines.join('\n'));
