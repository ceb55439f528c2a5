import type { CheckReading } from '../analysis/measurement.ts';
import type { MetricsPort, MetricsQuestion } from '../controller/ports.ts';

/** Measures checks that the data plane does not. */
export type MeasureChecks = (
  question: MetricsQuestion,
  signal: AbortSignal,
) => Promise<Readonly<Record<string, CheckReading>>>;

/** Of a Rollout without a data plane: nothing is counted there, now or ever. */
const NO_DATA_PLANE = 'none';

/**
 * One reading of what the data plane counted and of what sources measured. Absent when the data plane does not
 * answer; a source that does not says so itself, check by check.
 */
export function joinedMetrics(
  dataPlane: MetricsPort | undefined,
  measures: readonly MeasureChecks[],
): MetricsPort {
  return {
    read: async (question, signal) => {
      const [counted, ...parts] = await Promise.all([
        dataPlane?.read(question, signal) ?? { epoch: NO_DATA_PLANE, at: question.at, series: [] },
        ...measures.map((measure) => measure(question, signal)),
      ]);
      if (counted === undefined || question.checks.length === 0) return counted;
      const measured = Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
      return Object.keys(measured).length === 0 ? counted : { ...counted, measured };
    },
  };
}
