import { formatDuration } from '../../../src/base/duration.ts';
import { formatShare } from '../../../src/base/share.ts';
import type { Decision } from '../../../src/engine/decision.ts';
import type { Observation } from '../../../src/engine/observation.ts';
import type { ReleaseState } from '../../../src/engine/status.ts';
import type { Engine, World } from '../world.ts';
import { play, type History } from './history.ts';
import { lineOf } from './script.ts';
import { problemWith } from './search.ts';

/** Who is told, line by line, and of which engine; the real one without it. */
export interface Telling {
  readonly tell: (line: string) => void;
  readonly engine?: Engine;
}

/** Plays a history and tells of it: what happens, what each look sees and what is decided, and how it ends. */
export function narrate(history: History, { tell, engine }: Telling): void {
  const isOne = history.others === undefined;
  const before = (world: World, happening: Parameters<typeof lineOf>[0] | undefined): void => {
    const { name } = world.rollout;
    world.onLook = ({ seen, decision }) => {
      for (const line of lookLines(world, seen, decision))
        tell(isOne ? `    ${line}` : `    ${name} ${line}`);
    };
    const end = isOne ? '… and everything works again' : `… and everything of ${name} works again`;
    tell(happening === undefined ? end : lineOf(happening));
  };
  const playing = { before, ...(engine === undefined ? {} : { engine }) };
  const problem = problemWith(history, (one) => void play(one, playing));
  tell(problem === undefined ? 'every invariant held' : `broken: ${problem}`);
}

function lookLines(world: World, seen: Observation, { status, desired, events }: Decision): string[] {
  const sizes = desired.groups.map(({ track, revision, replicas }) => `${replicas} ${track} ${revision}`);
  const { release } = status;
  return [
    `after ${formatDuration(world.elapsedMs)} saw ${seenText(seen)}`,
    `${status.phase}: ${status.message}${release === undefined ? '' : ` [${whereIs(release)}]`}`,
    `wants ${sizes.join(', ') || 'no processes'}; ${routeText(desired.route)}`,
    ...events.map(({ type, message }) => `tells ${type}: ${message}`),
  ];
}

function seenText({ groups, route, reading }: Observation): string {
  const running = groups?.map(
    ({ revision, copy, running: all, ready }) => `${ready} of ${all} ready ${copy ?? ''}${revision}`,
  );
  const parts = [running?.join(', ') ?? 'no workload', routeText(route)];
  return [...parts, ...(reading === undefined ? ['no metrics'] : [])]
    .filter((part) => part !== '')
    .join('; ');
}

function routeText(route: Observation['route']): string {
  if (route === undefined) return 'no route';
  const parts = route.parts.map(
    ({ track, revision, weight, match }) =>
      `${formatShare(weight)} ${track} ${revision}${match === undefined ? '' : ' and an audience'}`,
  );
  return `route ${parts.join(', ') || 'to nobody'}`;
}

function whereIs({ number, to, step, stage, direction, ageMs }: ReleaseState): string {
  return `release ${number} of ${to}, ${direction.kind}, step ${step + 1}, ${stage}, ${formatDuration(ageMs)} old`;
}
