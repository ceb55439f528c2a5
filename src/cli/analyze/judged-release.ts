import { recordedRelease } from '../../api/recorded-release.ts';
import { Failure } from '../../base/failure.ts';
import type { Recording } from '../../report/recording.ts';
import { releaseNumber } from '../option-values.ts';
import type { Session } from '../session.ts';

/** A release in which something was judged; the newest when no number is given. Throws Failure. */
export async function judgedRelease(session: Session, name: string, number?: string): Promise<Recording> {
  const chosen = number === undefined ? undefined : releaseNumber(number);
  const recording = await recordedRelease(await session.client(), name, chosen);
  if (recording.ticks.length > 0) return recording;
  const where = `release ${recording.release.number} of ${name}`;
  const notYet = session.isOfCluster ? ' On a cluster, what was counted is written down once a minute.' : '';
  throw new Failure('notFound', `nothing was judged in ${where}`, {
    hint: `A first release has nothing to be compared with; without checks, or without traffic, nothing is counted.${notYet}`,
  });
}
