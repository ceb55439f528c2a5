import { explanationOf } from '../base/failure.ts';
import { revisionOf } from '../engine/desired.ts';
import type { Peer } from '../engine/group.ts';
import { stepOf } from '../engine/look.ts';
import type { Observation } from '../engine/observation.ts';
import type { ReleaseState } from '../engine/status.ts';
import { controlTrackOf, variantsIn } from '../strategy/capacity.ts';
import type { Confirmation, MetricsQuestion, Ports, Router, RolloutRecord } from './ports.ts';

/** Told what could not be asked; the look goes on without it. */
export type OnTrouble = (what: string, cause: unknown) => void;

/** Answers undefined where the question is none, or fails. */
type Ask = <T>(what: string, question: Promise<T> | undefined) => Promise<T | undefined>;

/** What a look needs to ask. */
export interface ObserveContext {
  readonly ports: Ports;
  readonly now: () => number;
  readonly onTrouble: OnTrouble;
  /** When what is asked from now on must be answered. */
  readonly deadline: () => AbortSignal;
}

/** Asks every port at once what is true. What fails or hangs is absent from the answer. */
export async function observe(
  record: RolloutRecord,
  { ports, now, onTrouble, deadline }: ObserveContext,
): Promise<Observation> {
  const { wanted } = record;
  const signal = deadline();
  const ask: Ask = async (what, question) => {
    try {
      return await question;
    } catch (cause) {
      onTrouble(what, cause);
      return undefined;
    }
  };
  const [groups, routing, reading, answers, deliveries, others] = await Promise.all([
    ask('the workload cannot be observed', ports.workload.observe(signal)),
    routingOf(ports.router, signal, onTrouble),
    ask('the metrics cannot be read', ports.metrics?.read(questionOf(record, now()), signal)),
    ask('errands cannot be followed', ports.outside?.observe(signal)),
    ask('deliveries cannot be followed', ports.notices?.observe(signal)),
    othersOf(record, ports, ask),
  ]);
  return {
    ...(wanted === undefined ? {} : { wanted }),
    ...(groups === undefined ? {} : { groups }),
    ...routing,
    ...(reading === undefined ? {} : { reading }),
    ...(answers === undefined ? {} : { answers }),
    ...(deliveries === undefined ? {} : { deliveries }),
    ...others,
  };
}

/** What is served, or why nobody says so. */
async function routingOf(
  router: Router | undefined,
  signal: AbortSignal,
  onTrouble: OnTrouble,
): Promise<Confirmation> {
  try {
    return (await router?.read(signal)) ?? {};
  } catch (cause) {
    onTrouble('the route cannot be read', cause);
    return { unconfirmed: explanationOf(cause) };
  }
}

async function othersOf(
  record: RolloutRecord,
  ports: Ports,
  ask: Ask,
): Promise<Pick<Observation, 'peers' | 'neighbours'>> {
  const [peers, neighbours] = await Promise.all([
    ask('the group cannot be asked', peersOf(record, ports)),
    ask('other Rollouts cannot be asked', neighboursOf(record, ports)),
  ]);
  return {
    ...(peers === undefined ? {} : { peers }),
    ...(neighbours === undefined ? {} : { neighbours }),
  };
}

/** Undefined for what is no part of a release of a group. */
function peersOf({ wanted }: RolloutRecord, { group }: Ports): Promise<readonly Peer[]> | undefined {
  return wanted?.together === undefined ? undefined : group?.peers(wanted.together);
}

/** Undefined where no gate of a running release waits for another Rollout. */
function neighboursOf(
  { rollout, status: { release } }: RolloutRecord,
  { neighbours }: Ports,
): Promise<Observation['neighbours']> | undefined {
  if (release === undefined || release.direction.kind === 'back') return undefined;
  const names = rollout.gates.flatMap((gate) => (gate.kind === 'rollout' ? [gate.rollout] : []));
  return names.length === 0 ? undefined : neighbours?.see(names, release.to);
}

/** At rest and on the way back nothing is judged, but what the data plane counts is still wanted. */
function questionOf({ rollout, status }: RolloutRecord, at: number): MetricsQuestion {
  const { release } = status;
  if (release === undefined || release.direction.kind === 'back') return { at, checks: [] };
  return {
    at,
    checks: rollout.analysis?.checks ?? [],
    candidate: release.to,
    ...variantsOf(release),
    ...(release.from === undefined
      ? {}
      : { control: release.from, controlTrack: controlTrackOf(stepOf(release)) }),
  };
}

function variantsOf(release: ReleaseState): Pick<MetricsQuestion, 'variants'> {
  const judged = variantsIn(stepOf(release));
  if (judged.length < 2) return {};
  return { variants: Object.fromEntries(judged.map((track) => [track, revisionOf(release, track)])) };
}
