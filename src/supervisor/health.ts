import type { Probe } from '../rollout/model.ts';
import type { ProbeAnswer } from './probe.ts';

/** What the answers of one probe add up to. */
export interface Health {
  readonly ok: boolean;
  /** True once there was a success. */
  readonly wasOk: boolean;
  /** In a row. */
  readonly failures: number;
  /** Of the last failure. */
  readonly reason: string;
}

/** Before the first answer. */
export const UNKNOWN_HEALTH: Health = { ok: false, wasOk: false, failures: 0, reason: 'not asked yet' };

/** One success is enough for yes; `failures` in a row make it no. */
export function afterAnswer(health: Health, answer: ProbeAnswer, probe: Probe): Health {
  if (answer.ok) return { ok: true, wasOk: true, failures: 0, reason: '' };
  const failures = health.failures + 1;
  return { ...health, ok: health.ok && failures < probe.failures, failures, reason: answer.reason };
}
