import type { Noise } from '../../traces.ts';
import { elbRequestCounts, ec2Latencies } from './recordings.ts';
import type { Common } from './synthetic.ts';
import { calm } from './synthetic.ts';

/** One point of five minutes is played in one minute. */
const SECONDS_PER_POINT = 60;

/** Load as a real balancer saw it, from a place of the record that differs from run to run. */
export function bursting(second: number, noise: Noise): Common {
  const { load } = calm(second, noise);
  return { load: load * shapeAt(elbRequestCounts(), second, noise) };
}

/** Latency of all arms as it was before and in a real failure of EC2 machines. */
export function disturbed(second: number, noise: Noise): Common {
  return { ...calm(second, noise), slowness: shapeAt(ec2Latencies(), second, noise) };
}

/** The record relative to its median, linear between its points, kept within a factor of four. */
function shapeAt(points: readonly number[], second: number, { luck }: Noise): number {
  const position = luck * (points.length - 62) + second / SECONDS_PER_POINT;
  const before = points[Math.floor(position)] ?? 1;
  const after = points[Math.floor(position) + 1] ?? before;
  const value = before + (after - before) * (position % 1);
  return Math.min(Math.max(value, 0.25), 4);
}
