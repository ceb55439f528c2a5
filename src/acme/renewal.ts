import type { Lifetime } from '../system/certificate-lifetime.ts';

/** Tries that have failed since the last that succeeded. */
export interface FailedTries {
  readonly failures: number;
  readonly reason: string;
  readonly atMs: number;
  readonly nextAtMs: number;
  /** Names what was tried with. */
  readonly settings: string;
}

const MINUTE_MS = 60_000;
/** After so many failures in a row; the last for all further ones. Authorities allow about five an hour. */
const BACK_OFF_MS: readonly number[] = [1, 5, 30, 120, 360, 720].map((minutes) => minutes * MINUTE_MS);
/** Waits are longer by up to this share, so that many do not ask at once. */
const JITTER = 0.25;
/** Certificates are renewed when this share of their lifetime is left, or up to EARLIER of it before. */
const LEFT = 1 / 3;
const EARLIER = 0.05;

/** When a certificate is to be renewed; `chance` in [0, 1) is fixed for each certificate. */
export function renewAtMs({ fromMs, untilMs }: Lifetime, chance: number): number {
  return untilMs - (untilMs - fromMs) * (LEFT + EARLIER * chance);
}

/** How long to wait after `failures` in a row; never less than the authority has asked for. */
export function backOffMs(failures: number, chance: number, askedForMs = 0): number {
  const usual = BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length) - 1] ?? 0;
  return Math.max(usual * (1 + JITTER * chance), askedForMs);
}

/** When the next try is due: undefined is now. */
export function dueAtMs(
  lifetime: Lifetime | undefined,
  chance: number,
  failed: FailedTries | undefined,
): number {
  const wanted = lifetime === undefined ? 0 : renewAtMs(lifetime, chance);
  return Math.max(wanted, failed?.nextAtMs ?? 0);
}
