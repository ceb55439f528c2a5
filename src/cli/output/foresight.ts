import { rounded } from '../../analysis/power/doubts.ts';
import type { CheckOutlook, HarmOutlook } from '../../analysis/power/outlook.ts';
import { quantileOf } from '../../analysis/measurement.ts';
import { milliseconds, percent } from '../../analysis/words.ts';
import type { Foresight } from '../foresight.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';

/** What the analysis will see: for each check a table of steps by harms, and what is in doubt. */
export function foresightLines(foresight: Foresight, paint: Paint): readonly string[] {
  const names = foresight.steps[0]?.checks.map(({ name }) => name) ?? [];
  return [
    '',
    `${paint.bold('what the analysis would see')} ${trafficWords(foresight)}`,
    ...names.flatMap((name) => ['', ...checkTable(foresight, name)]),
    ...foresight.doubts.map((doubt) => `note: ${doubt}`),
  ];
}

/** `at 200 requests/s, 0.1 % failing, median 80 ms, p99 300 ms`. */
export function trafficWords({ traffic, from }: Pick<Foresight, 'traffic' | 'from'>): string {
  const { requestsPerSecond, errorRatio, latency } = traffic;
  const p50 = quantileOf(latency, 0.5);
  const p99 = quantileOf(latency, 0.99);
  const times =
    p50 === undefined || p99 === undefined ? [] : [`median ${milliseconds(p50)}, p99 ${milliseconds(p99)}`];
  const rate = `${String(Number(requestsPerSecond.toPrecision(3)))} requests/s`;
  const words = [rate, `${percent(errorRatio)} failing`, ...times].join(', ');
  return from === 'given' ? `at ${words}` : `at the traffic of the last minutes: ${words}`;
}

function checkTable({ steps }: Foresight, name: string): string[] {
  const checks = steps.flatMap((step) => {
    const check = step.checks.find((one) => one.name === name);
    return check === undefined ? [] : [{ step, check }];
  });
  const harms = checks[0]?.check.harms.map(({ harm }) => harm) ?? [];
  const columns = [
    { title: name.toUpperCase() },
    { title: 'CANARY', right: true },
    ...harms.map((harm) => ({ title: harm.toUpperCase() })),
    { title: 'SMALLEST SEEN' },
    { title: 'PROVED SAFE' },
  ];
  const rows = checks.map(({ step, check }) => [
    step.title,
    `${String(Number(step.candidateRate.toPrecision(2)))}/s`,
    ...check.harms.map(harmWords),
    check.smallest ?? 'none',
    proofWords(check),
  ]);
  return table(columns, rows);
}

/** `12s, 40 harmed`; in brackets when the step is over before. */
function harmWords({ foundMs, harmedRequests = 0, inTime }: HarmOutlook): string {
  if (foundMs === undefined) return 'never';
  const words = `${rounded(foundMs)}, ${harmedRequests.toLocaleString('en')} harmed`;
  return inTime ? words : `(${words})`;
}

function proofWords({ proofMs }: CheckOutlook): string {
  if (proofMs === undefined) return 'not asked';
  return proofMs === Infinity ? 'never' : rounded(proofMs);
}
