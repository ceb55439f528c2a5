import { Failure } from '../../base/failure.ts';
import type { Json } from '../../base/json.ts';
import type { Analysis } from '../../rollout/model.ts';
import { firstDifference } from '../../report/difference.ts';
import { changedChecks, ownPolicy } from '../../report/policy.ts';
import type { Recording } from '../../report/recording.ts';
import {
  courseAfter,
  NO_COURSE,
  recalled,
  replayed,
  type Course,
  type JudgedTick,
} from '../../report/replay.ts';
import { releaseLines, type Recomputed, type ReleaseAnswer } from '../output/analysis-release.ts';
import type { Session } from '../session.ts';
import type { ReleaseOptions } from './options.ts';
import { otherPolicy, unmeasuredChecks } from './other-policy.ts';
import { Progress } from './progress.ts';
import { judgedRelease } from './judged-release.ts';
import { readRecordingFile, writeRecording } from './recording-file.ts';
import { STANDARD_INPUT } from './text-file.ts';
import { statusOf } from './verdicts.ts';

/** Judges a recorded release again, by its own policy or by another, and answers the exit status. */
export async function analyzeRelease(
  session: Session,
  options: ReleaseOptions,
  [name = '', number]: readonly string[],
): Promise<number> {
  const { replay, with: other, export: target } = options;
  const recording =
    replay === undefined
      ? await judgedRelease(session, name, number)
      : await readRecordingFile(session, replay);
  if (target !== undefined) await writeRecording(session, target, recording);
  const progress = new Progress(session.io, 'ticks judged again');
  try {
    const answer = await answerOf(session, { recording, other }, progress);
    progress.end();
    if (target !== STANDARD_INPUT) await show(session, answer);
    return statusOf(answer.verdict, { strict: options.strict === true });
  } finally {
    progress.end();
  }
}

async function show(session: Session, answer: ReleaseAnswer): Promise<void> {
  const width = session.io.stdout.columns ?? 100;
  await session.print(answer, () => releaseLines(answer, width, session.paint));
}

interface Asked {
  readonly recording: Recording;
  /** The file that declares another policy. */
  readonly other: string | undefined;
}

async function answerOf(
  session: Session,
  { recording, other }: Asked,
  progress: Progress,
): Promise<ReleaseAnswer> {
  const { rollout, release } = recording;
  const policy = other === undefined ? undefined : await otherPolicy(session, other, rollout);
  const own = ownPolicy(recording);
  if ('why' in own && policy === undefined) {
    throw new Failure('usage', `${rollout} cannot be judged by its own policy: ${own.why}`, {
      hint: 'Name a file that declares one: --with FILE',
    });
  }
  const recomputed: Recomputed =
    'why' in own ? { same: false, why: own.why } : await recompute(recording, own.analysis, progress);
  const recorded = await courseOf(recording, recalled(recording), progress);
  const common = { rollout, release, ticks: recording.ticks.length };
  const known = { recomputed, ...(recorded.ticks === 0 ? {} : { recorded }) };
  if (policy === undefined || other === undefined) {
    const { verdict, reason } = recomputed.course ?? NO_COURSE;
    return { ...common, verdict, reason, ...known };
  }
  const course = await courseOf(recording, replayed(recording, policy), progress);
  const { verdict, reason } = course;
  const unmeasured = unmeasuredChecks(recording, policy);
  return { ...common, verdict, reason, ...known, with: { file: other, unmeasured, ...course } };
}

async function courseOf(
  recording: Recording,
  ticks: Iterable<JudgedTick>,
  progress: Progress,
): Promise<Course> {
  let course = NO_COURSE;
  for (const judged of ticks) {
    course = courseAfter(course, judged, titleOf(recording, judged));
    await progress.done(course.ticks, recording.ticks.length);
    if (course.stopped !== undefined) break;
  }
  return course;
}

function titleOf({ steps }: Recording, { recorded }: JudgedTick): string {
  return steps[recorded.step]?.title ?? `step ${recorded.step + 1}`;
}

async function recompute(recording: Recording, analysis: Analysis, progress: Progress): Promise<Recomputed> {
  let course = NO_COURSE;
  let tick = 0;
  let compared = 0;
  let different: Recomputed['difference'];
  for (const judged of replayed(recording, analysis)) {
    tick += 1;
    if (course.stopped === undefined) course = courseAfter(course, judged, titleOf(recording, judged));
    const { judgement: stored } = judged.recorded;
    const found =
      stored === undefined ? undefined : firstDifference(asJson(stored), asJson(judged.judgement));
    if (stored !== undefined) compared += 1;
    if (found !== undefined) different ??= { tick, step: judged.recorded.step, ...found };
    await progress.done(tick, recording.ticks.length);
  }
  if (compared === 0) return { same: false, why: 'the recording does not tell what was said', course };
  if (different === undefined) return { same: true, course };
  return { same: false, difference: different, changed: changedChecks(recording, analysis), course };
}

/** As it would have been stored. */
function asJson(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
