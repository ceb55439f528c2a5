import type { Problem } from '../base/failure.ts';

/** A problem, and what its place and its weight depend on. */
export interface Finding extends Problem {
  /** True: the key itself is wrong, not its value. */
  readonly atKey?: boolean;
  /** True: valid, but not built yet. */
  readonly notBuilt?: boolean;
}

/** Takes down a problem with the written form. */
export type Report = (path: string, reason: string, hint?: string) => void;

/** A report into a list. */
export function reportTo(findings: Finding[]): Report {
  return (path, reason, hint) => {
    findings.push(hint === undefined ? { path, reason } : { path, reason, hint });
  };
}

/** What is left of a finding for users. */
export function problemOf(finding: Finding): Problem {
  const { atKey: _place, notBuilt: _weight, ...problem } = finding;
  return problem;
}
