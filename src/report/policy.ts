import { startEvidence, type Evidence } from '../analysis/evidence.ts';
import { Failure } from '../base/failure.ts';
import { isJsonObject } from '../base/json.ts';
import type { Analysis } from '../rollout/model.ts';
import { resolveRollout } from '../rollout/resolve/rollout.ts';
import type { Recording } from './recording.ts';

/** The policy that a release is judged by, or why there is none. */
export type OwnPolicy = { readonly analysis: Analysis } | { readonly why: string };

/** What the Rollout declares now: a release does not keep the policy that it was judged by. */
export function ownPolicy({ document }: Pick<Recording, 'document'>): OwnPolicy {
  try {
    const { analysis } = resolveRollout(document);
    if (analysis !== undefined && analysis.checks.length > 0) return { analysis };
    return { why: 'it declares no checks any more' };
  } catch (thrown) {
    if (thrown instanceof Failure) return { why: thrown.message };
    throw thrown;
  }
}

/** What each check was judged by at the end of a release, or would be now: its evidence says so. */
export function settingsIn(evidence: Evidence | undefined): Readonly<Record<string, string>> | undefined {
  if (evidence === undefined) return undefined;
  const entries = Object.entries(evidence.checks).flatMap(([name, kept]) => {
    const settings = isJsonObject(kept) ? kept['settings'] : undefined;
    return typeof settings === 'string' ? [[name, settings] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** Checks that are judged otherwise now than they were at the end of the release; none when that is not known. */
export function changedChecks(
  { release: { settings } }: Pick<Recording, 'release'>,
  analysis: Analysis,
): readonly string[] {
  if (settings === undefined) return [];
  const now = settingsIn(startEvidence(analysis, 1)) ?? {};
  const names = [...new Set([...Object.keys(settings), ...Object.keys(now)])];
  return names.filter((name) => settings[name] !== now[name]);
}
