import { TOOLS } from '../deciders/table.ts';
import type { Family } from '../deciders/decider.ts';
import type { Row, ScenarioResults } from '../results.ts';
import type { Sweep } from '../run.ts';
import { CALIBRATIONS, USUAL, type Fault } from '../scenarios/scenario.ts';
import { bestTuned, type Calibration, type Tuned } from '../tuning.ts';

/** A column of the tables: a tool, or the best-tuned form of one. */
export interface Form {
  readonly name: string;
  readonly family: Family;
  readonly settings: string;
}

/** A scenario with a row for each form. */
export interface ScenarioReport {
  readonly id: string;
  readonly title: string;
  readonly runs: number;
  readonly isGood: boolean;
  readonly isBeyondNull: boolean;
  /** Counts in the means over all faults: the usual service, with a fault of its own. */
  readonly isCore: boolean;
  readonly faultFrom: number;
  readonly target?: Fault['target'];
  readonly rows: Readonly<Record<string, Row>>;
}

/** All that was measured about detection. */
export interface DetectionReport {
  readonly forms: readonly Form[];
  readonly scenarios: readonly ScenarioReport[];
  readonly tuned: readonly (Tuned & { readonly calibration: Calibration })[];
}

/** The best-tuned form's name in the tables. */
export function tunedName(sweep: Sweep): string {
  return `${sweep}*`;
}

const RIVAL_SWEEPS = ['coalmine', 'coalmine-10s', 'flagger', 'argo', 'kayenta'] as const;

/** The report of what was run. The tables show the forms tuned on the usual disturbances. */
export function reportOf(results: readonly ScenarioResults[]): DetectionReport {
  const good = results.filter(({ scenario }) => scenario.fault === undefined);
  const faults = results.filter(isCore);
  const tuned = RIVAL_SWEEPS.flatMap((sweep) =>
    (Object.keys(CALIBRATIONS) as Calibration[]).flatMap((calibration) => {
      const best = bestTuned(sweep, calibration, { good, faults });
      return best === undefined ? [] : [{ ...best, calibration }];
    }),
  );
  const shown = tuned.filter(({ calibration }) => calibration === 'usual');
  const familyOf = (sweep: Sweep): Family => (sweep === 'coalmine-10s' ? 'coalmine' : sweep);
  return {
    forms: [
      ...TOOLS.map(({ name, family, settings }) => ({ name, family, settings })),
      ...shown.map(({ sweep, words }) => ({
        name: tunedName(sweep),
        family: familyOf(sweep),
        settings: words,
      })),
    ],
    scenarios: results.map((one) => scenarioReport(one, shown)),
    tuned,
  };
}

function isCore({ scenario }: ScenarioResults): boolean {
  return (
    scenario.fault !== undefined && scenario.kind === 'synthetic' && scenario.canaryPerSecond === USUAL.canary
  );
}

function scenarioReport(results: ScenarioResults, tuned: readonly Tuned[]): ScenarioReport {
  const { scenario } = results;
  const rows = [
    ...TOOLS.map(({ name }, tool) => [name, results.ofTool(tool)] as const),
    ...tuned.map(({ sweep, setting }) => [tunedName(sweep), results.ofSetting(sweep, setting)] as const),
  ];
  return {
    id: scenario.id,
    title: scenario.title,
    runs: results.runs,
    isGood: scenario.fault === undefined,
    isBeyondNull: scenario.isBeyondNull === true,
    isCore: isCore(results),
    faultFrom: scenario.fault?.from ?? 0,
    ...(scenario.fault?.target === undefined ? {} : { target: scenario.fault.target }),
    rows: Object.fromEntries(rows),
  };
}
