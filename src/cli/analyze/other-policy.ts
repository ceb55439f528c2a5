import { sampleOf } from '../../analysis/sample.ts';
import { Failure } from '../../base/failure.ts';
import type { Analysis } from '../../rollout/model.ts';
import { readDeclared } from '../documents.ts';
import type { Session } from '../session.ts';
import type { Recording } from '../../report/recording.ts';

/**
 * The analysis that a file declares: of the Rollout of this name, or of the only one in it. Throws Failure for a file
 * that is not valid or has none.
 */
export async function otherPolicy(session: Session, file: string, name: string): Promise<Analysis> {
  const declared = await readDeclared(session, [session.path(file)]);
  const [only, ...others] = declared;
  const chosen =
    declared.find(({ rollout }) => rollout.name === name) ?? (others.length === 0 ? only : undefined);
  if (chosen === undefined) {
    throw new Failure('usage', `${file} declares several Rollouts, and none of them is ${name}`, {
      hint: 'Name a file that declares one.',
    });
  }
  const { analysis } = chosen.rollout;
  if (analysis !== undefined && analysis.checks.length > 0) return analysis;
  throw new Failure('usage', `${file} declares no checks for ${chosen.rollout.name}`, {
    hint: 'Write them under spec.analysis.checks.',
  });
}

/** Checks of a policy that nothing in the release was measured for, so that they say nothing of it. */
export function unmeasuredChecks({ ticks }: Recording, { checks }: Analysis): readonly string[] {
  return checks
    .filter((check) => ticks.every(({ tick }) => (sampleOf(check, tick)?.kind ?? 'missing') === 'missing'))
    .map(({ name }) => name);
}
