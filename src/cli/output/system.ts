import type { ApplyView, SystemView } from '../../api/resources.ts';

/** What is known right after a start. */
export interface Started {
  readonly system: SystemView;
  /** The Rollouts that are declared. */
  readonly names: readonly string[];
  /** What was declared just now. */
  readonly answers: readonly ApplyView[];
  /** What could not be declared, and is to be mended; absent: nothing. */
  readonly broken?: string;
  /** How to get to the dashboard; absent: there is no way. */
  readonly dashboard?: string;
}

/** Where everything is, and what to try next. */
export function systemLines(started: Started): string[] {
  const { system, answers, dashboard } = started;
  const { gateway, api } = system;
  return [
    `coalmine ${system.version} is up: process ${system.pid}, data in ${system.dataDir}`,
    ...(gateway === undefined ? [] : gateway.addresses.map((address) => `gateway  ${address}`)),
    ...(api === undefined ? [] : [`api      ${api}/api/v1, described at ${api}/openapi.json`]),
    ...(dashboard === undefined ? [] : [`dashboard ${dashboard}`]),
    ...answers
      .filter((answer) => answer.released)
      .map((answer) => `release  ${answer.name} ${answer.revision}`),
    ...system.problems.map((problem) => `problem  ${problem}`),
    `next     ${nextCommand(started)}`,
  ];
}

function nextCommand({ names, broken }: Started): string {
  if (broken !== undefined) return `mend ${broken}, then coalmine apply`;
  const [first, ...others] = names;
  if (first === undefined) return 'coalmine init, then coalmine apply';
  return others.length === 0 ? `coalmine watch ${first}` : 'coalmine get';
}
