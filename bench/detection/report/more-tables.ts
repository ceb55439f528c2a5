import { harmedByRamp, RAMP_CASES, RATES, type RampRow } from '../measure.ts';
import type { Cost, Proof } from '../own.ts';
import { POLICIES, RAMPS } from '../ramp.ts';
import { targetsOf, type Measurements } from './targets.ts';
import { amount, duration, percent, table } from './words.ts';

/** Bad releases led by each tool's own ramp: requests harmed, and the share let through. */
export function rampTable(rows: readonly RampRow[]): string {
  const bad = RAMP_CASES.slice(1).map(({ title }) => title);
  return table(
    ['tool', 'ramp', ...bad, 'geometric mean'],
    RAMPS.map(({ name, ramp }) => [
      name,
      ramp,
      ...bad.map((title) => {
        const row = rows.find((one) => one.policy === name && one.title === title);
        if (row === undefined) return '';
        const through = row.promoted === 0 ? '' : ` (${percent(row.promoted / row.runs)} let through)`;
        return `${amount(row.harmed)}${through}`;
      }),
      `**${amount(harmedByRamp(rows, name))}**`,
    ]),
  );
}

/** Good releases: the median time to the end by the rate of the whole service, and the share promoted. */
export function promotionTable(rows: readonly RampRow[]): string {
  return table(
    ['policy', 'ramp', ...RATES.map((rate) => `${rate} requests/s`)],
    POLICIES.map(({ name, ramp }) => [
      name,
      ramp,
      ...RATES.map((rate) => {
        const row = rows.find(
          (one) => one.policy === name && one.perSecond === rate && one.title === RAMP_CASES[0]!.title,
        );
        if (row === undefined) return '';
        const share = row.promoted === row.runs ? '' : ` (${percent(row.promoted / row.runs)} promoted)`;
        return `${duration(row.median)}${share}`;
      }),
    ]),
  );
}

/** How long proofs take. */
export function proofTable(proofs: readonly Proof[]): string {
  return table(
    ['margin', 'seeds', 'median', 'p90'],
    proofs.map(({ margin, runs, median, p90 }) => [
      margin,
      String(runs),
      median === undefined ? 'over 30 min' : duration(median),
      p90 === undefined ? 'over 30 min' : duration(p90),
    ]),
  );
}

/** What checks cost. */
export function costTable(costs: readonly Cost[]): string {
  return table(
    ['check', 'CPU per tick', 'state'],
    costs.map(({ check, microsecondsPerTick, stateBytes }) => [
      check,
      `${microsecondsPerTick} µs`,
      `${stateBytes.toLocaleString('en-US')} bytes`,
    ]),
  );
}

/** The targets, missed ones marked. */
export function targetTable(measured: Measurements): string {
  return table(
    ['target', 'wanted', 'measured', ''],
    targetsOf(measured).map(({ what, wanted, measured: found, isMet }) => [
      what,
      wanted,
      found,
      isMet ? 'met' : '**MISS**',
    ]),
  );
}
