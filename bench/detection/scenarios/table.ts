import { FAULTS } from './faults.ts';
import { GOOD } from './good.ts';
import { replays } from './replays.ts';
import type { Scenario } from './scenario.ts';

/** Every row of the comparison: good releases first. */
export function allScenarios(): readonly Scenario[] {
  const recorded = replays();
  return [
    ...GOOD,
    ...recorded.filter(({ fault }) => fault === undefined),
    ...FAULTS,
    ...recorded.filter(({ fault }) => fault !== undefined),
  ];
}

/** The scenario of this id. */
export function scenarioOf(id: string): Scenario {
  const found = allScenarios().find((scenario) => scenario.id === id);
  if (found === undefined) throw new Error(`no scenario ${id}`);
  return found;
}
