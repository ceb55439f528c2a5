import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { recordedRelease } from '../../api/recorded-release.ts';
import { Failure, messageOf } from '../../base/failure.ts';
import { reportComment } from '../../report/comment.ts';
import { reportPage } from '../../report/page/page.ts';
import { groupComment, type MemberStory } from '../../report/group-comment.ts';
import type { Recording } from '../../report/recording.ts';
import { reportOf, reportText, type Report } from '../../report/report.ts';
import { STANDARD_INPUT } from '../analyze/text-file.ts';
import { writeText } from '../analyze/written-file.ts';
import type { Session } from '../session.ts';
import { usualTargets, type Targets } from './targets.ts';

/** Each form, and how it is written. */
const FORMS: readonly (readonly [keyof Targets, (told: Told) => string])[] = [
  ['html', ({ report }) => reportPage(report)],
  ['markdown', ({ report }) => reportComment(report)],
  ['json', ({ recording }) => reportText(recording)],
];

interface Told {
  readonly recording: Recording;
  readonly report: Report;
}

/** Writes the story of a release to where it is to go, and says where that is. Throws Failure. */
export async function writeReport(session: Session, recording: Recording, named?: Targets): Promise<void> {
  const { rollout, release } = recording;
  const targets = named ?? usualTargets(rollout, release.number);
  const told = { recording, report: reportOf(recording) };
  const files: string[] = [];
  for (const [form, textOf] of FORMS) {
    const file = targets[form];
    if (file === undefined) continue;
    await writeText(session, file, textOf(told));
    if (file !== STANDARD_INPUT) files.push(file);
  }
  const line = `${rollout}, release ${release.number}: written to ${files.join(' and ')}`;
  const isPiped = Object.values(targets).includes(STANDARD_INPUT);
  if (!isPiped) await session.print({ rollout, release: release.number, ...targets }, () => [line]);
  else if (files.length > 0) session.remark(line);
}

/** Writes every form of the newest release into a directory, which is made when it is not there. Throws Failure. */
export async function writeReportInto(session: Session, name: string, directory: string): Promise<void> {
  await makeDirectory(session, directory);
  const { page } = await writeForms(session, await recordedRelease(await session.client(), name), directory);
  session.remark(`report: ${join(directory, page)}`);
}

/** A group that was released as one, and where its members stood before. */
export interface ReleasedGroup {
  readonly group: string;
  /** The newest release of each member that had ended by then. */
  readonly before: ReadonlyMap<string, number>;
}

/**
 * Writes every form of what became of each member since into a directory, the undo of one that was taken back too, and
 * beside them a summary that is called as the group. Throws Failure.
 */
export async function writeGroupReportsInto(
  session: Session,
  { group, before }: ReleasedGroup,
  directory: string,
): Promise<void> {
  await makeDirectory(session, directory);
  const client = await session.client();
  const stories: MemberStory[] = [];
  for (const [rollout, newest] of before) {
    const numbers = (await client.history(rollout)).map(({ number }) => number).filter((one) => one > newest);
    if (numbers.length === 0) stories.push({ rollout });
    for (const number of numbers.sort((a, b) => a - b)) {
      const recording = await recordedRelease(client, rollout, number);
      stories.push({ rollout, told: await writeForms(session, recording, directory) });
    }
  }
  const summary = join(directory, `${group}.md`);
  await writeText(session, summary, groupComment(group, stories));
  session.remark(`report: ${summary}`);
}

async function makeDirectory(session: Session, directory: string): Promise<void> {
  await mkdir(session.path(directory), { recursive: true }).catch((cause: unknown) => {
    throw new Failure('usage', `cannot make the directory ${directory}: ${messageOf(cause)}`, {
      hint: 'Name one that is there, or can be made.',
      cause,
    });
  });
}

/** Answers the report, and what its page is called. */
async function writeForms(
  session: Session,
  recording: Recording,
  directory: string,
): Promise<{ readonly report: Report; readonly page: string }> {
  const { html = '', json = '' } = usualTargets(recording.rollout, recording.release.number);
  const told = { recording, report: reportOf(recording) };
  const files = { html, json, markdown: html.replace(/html$/, 'md') };
  for (const [form, textOf] of FORMS) await writeText(session, join(directory, files[form]), textOf(told));
  return { report: told.report, page: html };
}
