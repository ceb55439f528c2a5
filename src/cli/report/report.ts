import { recordedRelease } from '../../api/recorded-release.ts';
import { Failure } from '../../base/failure.ts';
import type { Recording } from '../../report/recording.ts';
import { readRecordingFile } from '../analyze/recording-file.ts';
import { releaseNumber } from '../option-values.ts';
import type { Session } from '../session.ts';
import { targetsIn, type ReportOptions } from './targets.ts';
import { writeReport } from './write-report.ts';

/** Tells the story of a release, and answers the exit status. */
export async function report(
  session: Session,
  options: ReportOptions,
  [name]: readonly string[],
): Promise<number> {
  const targets = targetsIn(options);
  await writeReport(session, await recordingOf(session, name, options), targets);
  return 0;
}

async function recordingOf(
  session: Session,
  name: string | undefined,
  { release, from }: ReportOptions,
): Promise<Recording> {
  if (from !== undefined && name === undefined && release === undefined) {
    return readRecordingFile(session, from);
  }
  if (name === undefined || from !== undefined) {
    throw new Failure('usage', 'name a Rollout, or a file with --from, and not both', {
      hint: 'coalmine report NAME --release NUMBER, or coalmine report --from FILE',
    });
  }
  const number = release === undefined ? undefined : releaseNumber(release);
  return recordedRelease(await session.client(), name, number);
}
