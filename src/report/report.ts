import type { LogHistogram } from '../analysis/measurement.ts';
import type { Judgement } from '../analysis/judgement.ts';
import { CheckCurveTally, type CheckCurves } from './curves/check-curves.ts';
import { CourseTally, type CourseStretch } from './curves/course.ts';
import { FORMAT } from './recording-schema.ts';
import type { Circumstances, RecordedTick, Recording } from './recording.ts';
import { SummaryTally, summaryOf, type Summary } from './summary/summary.ts';

/** The story of a release: what is known of it, what was computed from its ticks, and what is drawn of them. */
export interface Report {
  readonly recording: Circumstances;
  readonly summary: Summary;
  /** What was said last. */
  readonly judgement?: Judgement;
  readonly curves: Curves;
}

/** What is drawn of the ticks: as much of a day as of an hour. */
export interface Curves {
  /** When the last tick was; absent without any. */
  readonly lastAt?: number;
  readonly course: readonly CourseStretch[];
  /** By the name of the check. */
  readonly checks: ReadonlyMap<string, CheckCurves>;
  readonly latency: {
    readonly candidate: LogHistogram;
    readonly control: LogHistogram;
    /** Of several variants each, by its track. */
    readonly variants: ReadonlyMap<string, LogHistogram>;
  };
}

/** A report as JSON: a recording that can be judged again, with the numbers of the page beside it. */
export interface ReportView extends Recording {
  readonly format: typeof FORMAT;
  /** Every number that a page or a comment shows, at the path that the page names with it. */
  readonly computed: Summary;
}

/** Makes a report of ticks that come one after the other, in their order, and keeps none of them. */
export class ReportTally {
  readonly #circumstances: Circumstances;
  readonly #summary: SummaryTally;
  readonly #checks: CheckCurveTally;
  readonly #course = new CourseTally();

  constructor(circumstances: Circumstances) {
    this.#circumstances = circumstances;
    this.#summary = new SummaryTally(circumstances);
    this.#checks = new CheckCurveTally(circumstances.release.startedAt);
  }

  add(recorded: RecordedTick): void {
    for (const part of [this.#summary, this.#checks, this.#course]) part.add(recorded);
  }

  report(): Report {
    const { lastAt, judgement } = this.#summary;
    const { candidate, control, variants } = this.#summary.latency();
    return {
      recording: this.#circumstances,
      summary: this.#summary.summary(),
      ...(judgement === undefined ? {} : { judgement }),
      curves: {
        ...(lastAt === undefined ? {} : { lastAt }),
        course: this.#course.course(),
        checks: this.#checks.curves(),
        latency: {
          candidate: candidate?.histogram ?? [],
          control: control?.histogram ?? [],
          variants: new Map([...variants].map(([track, one]) => [track, one?.histogram ?? []])),
        },
      },
    };
  }
}

/** What a report says. Pure: equal recordings, equal reports. */
export function reportOf({ ticks, ...circumstances }: Recording): Report {
  const tally = new ReportTally(circumstances);
  for (const one of ticks) tally.add(one);
  return tally.report();
}

/** The report as JSON. */
export function reportView(recording: Recording): ReportView {
  return { format: FORMAT, ...recording, computed: summaryOf(recording) };
}

/** The report as a file of JSON holds it: the recording, as `analyze --replay` reads it, and what was computed. */
export function reportText(recording: Recording): string {
  return `${JSON.stringify(reportView(recording))}\n`;
}
