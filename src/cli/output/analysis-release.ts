import { formatDuration } from '../../base/duration.ts';
import type { Verdict } from '../../rollout/model.ts';
import type { Difference } from '../../report/difference.ts';
import type { RecordedRelease } from '../../report/recording.ts';
import type { Course, StepCourse } from '../../report/replay.ts';
import { evidenceLines } from './evidence.ts';
import { counted } from '../../client/figures.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';
import { wrap } from './text.ts';
import { outcomeWord, verdictWord } from './words.ts';

/** A release that was judged again. */
export interface ReleaseAnswer {
  readonly rollout: string;
  readonly release: RecordedRelease;
  readonly ticks: number;
  /** By the other policy where one was named, else by the Rollout's own. */
  readonly verdict: Verdict;
  readonly reason: string;
  readonly recomputed: Recomputed;
  /** What was said at the time; absent when the recording does not tell. */
  readonly recorded?: Course;
  /** What another policy says. */
  readonly with?: Course & { readonly file: string; readonly unmeasured: readonly string[] };
}

/** The verdicts of every tick, computed again from what is stored. */
export interface Recomputed {
  /** True: those of all ticks are what was stored. */
  readonly same: boolean;
  /** The first thing that differs. */
  readonly difference?: Difference & { readonly tick: number; readonly step: number };
  /** Checks that have other settings now. */
  readonly changed?: readonly string[];
  /** Why nothing could be compared. */
  readonly why?: string;
  readonly course?: Course;
}

/** What was recorded, whether it is the same when it is judged again, and what another policy says. */
export function releaseLines(answer: ReleaseAnswer, width: number, paint: Paint): readonly string[] {
  const { judgement } = answer.with ?? answer.recomputed.course ?? {};
  return [
    ...wrap(headline(answer, paint), width),
    ...recomputedLines(answer).flatMap((line) => wrap(line, width)),
    '',
    ...courseTable(answer, paint),
    '',
    ...stepTable(answer, paint),
    ...(judgement === undefined ? [] : ['', ...evidenceLines(judgement, width, paint)]),
    ...remarksOf(answer),
  ];
}

function headline({ rollout, release }: ReleaseAnswer, paint: Paint): string {
  const { number, outcome, reason, from, to } = release;
  const ended = outcome === undefined ? 'runs still' : `${outcomeWord(outcome, paint)}: ${reason ?? ''}`;
  return `${paint.bold(rollout)}, release ${number}, ${from ?? 'nothing'} → ${to}, ${ended}`;
}

function recomputedLines({ recomputed, ticks }: ReleaseAnswer): readonly string[] {
  const { same, difference, changed = [], why } = recomputed;
  if (same) return [`judged again: the same at all ${counted(ticks, 'tick')}`];
  if (difference === undefined) return [`judged again: not compared, ${why ?? ''}`];
  const { tick, path, stored, now } = difference;
  const policy =
    changed.length > 0
      ? `checks that are judged otherwise than then: ${changed.join(', ')}`
      : 'the policy may have been changed since: falseAlarms, warmUp or a weight';
  return [
    `judged again: differs from tick ${tick} of ${ticks} on: ${path} was ${written(stored)}, now ${written(now)}`,
    policy,
  ];
}

function written(value: Difference['now']): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** The ways in which the release was judged, by name. */
function coursesOf({
  recorded,
  recomputed,
  with: other,
}: ReleaseAnswer): readonly (readonly [string, Course])[] {
  const again = recomputed.same ? undefined : recomputed.course;
  return [
    ...(recorded === undefined ? [] : [['as recorded', recorded] as const]),
    ...(again === undefined ? [] : [['judged again', again] as const]),
    ...(other === undefined ? [] : [[`with ${other.file}`, other] as const]),
  ];
}

function courseTable(answer: ReleaseAnswer, paint: Paint): readonly string[] {
  const columns = [
    { title: '' },
    { title: 'VERDICT' },
    { title: 'STOPPED IN' },
    { title: 'AFTER', right: true },
    { title: 'REQUESTS', right: true },
    { title: 'ERRORS', right: true },
  ];
  const rows = coursesOf(answer).map(([name, { verdict, stopped, served }]) => [
    name,
    verdictWord(verdict, paint),
    stopped === undefined ? 'not stopped' : `${stopped.title}, tick ${stopped.tick}`,
    stopped === undefined ? '-' : formatDuration(stopped.afterMs),
    String(served.requests),
    String(served.errors),
  ]);
  return table(columns, rows);
}

function stepTable(answer: ReleaseAnswer, paint: Paint): readonly string[] {
  const courses = coursesOf(answer);
  const longest = courses.map(([, { steps }]) => steps).sort((a, b) => b.length - a.length)[0] ?? [];
  const columns = [{ title: 'STEP' }, ...courses.map(([name]) => ({ title: name }))];
  const rows = longest.map(({ step, title }) => [
    title,
    ...courses.map(([, { steps }]) =>
      stepWords(
        steps.find((one) => one.step === step),
        paint,
      ),
    ),
  ]);
  return table(columns, rows);
}

/** `good after 12s of 30s`. */
function stepWords(step: StepCourse | undefined, paint: Paint): string {
  if (step === undefined) return '-';
  const { verdict, ms, goodAfterMs } = step;
  const time = formatDuration(ms);
  if (goodAfterMs === undefined) return `${verdictWord(verdict, paint)}, ${time}`;
  const until = verdict === 'good' ? '' : `, at the end ${verdictWord(verdict, paint)}`;
  return `${verdictWord('good', paint)} after ${formatDuration(goodAfterMs)} of ${time}${until}`;
}

function remarksOf({ with: other, recorded }: ReleaseAnswer): readonly string[] {
  if (other === undefined) return [];
  const isShort = other.stopped === undefined && recorded?.stopped !== undefined;
  return [
    ...(other.unmeasured.length === 0
      ? []
      : ['', `not measured in this release, so without a say: ${other.unmeasured.join(', ')}`]),
    ...(isShort ? ['', 'it would have gone on: what came after was not recorded'] : []),
  ];
}
