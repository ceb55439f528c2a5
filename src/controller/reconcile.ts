import { Failure } from '../base/failure.ts';
import { isSameJson } from '../base/same-json.ts';
import { advance } from '../engine/advance.ts';
import type { Decision, Desired } from '../engine/decision.ts';
import { allTo } from '../engine/desired.ts';
import { isClosedAs } from '../engine/maintenance.ts';
import { isServed, type Observation, type Route } from '../engine/observation.ts';
import { isCountedAs } from '../engine/standing.ts';
import { observe, type ObserveContext } from './observe.ts';
import type { RolloutRecord, Store } from './ports.ts';

/** What one look needs besides the record. */
export interface LookContext extends ObserveContext {
  readonly store: Store;
  /** How long it has been wound down already, in milliseconds; absent: not before now. */
  readonly windingDownMs?: number;
}

/** What one look came to. */
export interface LookResult {
  /** Absent: the Rollout is gone. */
  readonly record?: RolloutRecord;
  readonly seen: Observation;
  readonly wakeInMs: number;
}

/** While a Rollout is being wound down. */
const WIND_DOWN_MS = 200;
/** A data plane that confirms nothing for so long keeps nobody from going. */
const LONGEST_WIND_DOWN_MS = 60_000;

/** Read, advance, save, apply: one look at one Rollout. Nothing takes effect before it is saved. */
export async function reconcile(record: RolloutRecord, context: LookContext): Promise<LookResult> {
  const seen = await observe(record, context);
  if (record.deleting) return windDown(record, seen, context);
  const decision = advance(record.rollout, record.status, seen, context.now());
  const saved = await save(record, decision, context.store);
  await apply(decision.desired, seen, context);
  return { record: saved, seen, wakeInMs: decision.wakeInMs };
}

async function save(record: RolloutRecord, decision: Decision, store: Store): Promise<RolloutRecord> {
  const { status, events, counted, ended } = decision;
  const isChanged = !isSameJson(status, record.status);
  if (!isChanged && events.length === 0 && ended === undefined) return record;
  return store.save(
    { ...record, status },
    { events, ...(counted === undefined ? {} : { counted }), ...(ended === undefined ? {} : { ended }) },
  );
}

/** Traffic first, so that nothing is stopped that still serves. A part that fails is tried again at the next look. */
async function apply(desired: Desired, seen: Observation, context: LookContext): Promise<void> {
  const { ports, onTrouble, deadline } = context;
  const signal = deadline();
  await applyRoute(desired.route, seen, context).catch((cause: unknown) => {
    onTrouble('the route cannot be written', cause);
  });
  await ports.workload.apply(desired.groups, signal).catch((cause: unknown) => {
    onTrouble('the workload cannot be changed', cause);
  });
  await ports.outside?.apply(desired.errands ?? [], signal).catch((cause: unknown) => {
    onTrouble('errands cannot be sent', cause);
  });
  await ports.notices?.apply(desired.notices ?? [], signal).catch((cause: unknown) => {
    onTrouble('listeners cannot be told', cause);
  });
}

async function applyRoute(
  route: Route | undefined,
  seen: Observation,
  { ports, deadline }: LookContext,
): Promise<void> {
  const signal = deadline();
  if (route === undefined) await ports.forgetRoute(signal);
  else if (!isMadeSo(seen, route)) await ports.router?.write(route, signal);
  else await ports.router?.tidy?.(route, signal);
}

function isMadeSo(seen: Observation, route: Route): boolean {
  return isServed(seen, route) && isCountedAs(seen, route) && isClosedAs(seen, route);
}

/**
 * Takes the route away, then the processes, then the record. Where stable goes on running without us, all requests go to
 * it before the others go, and the route is given back once nobody else could be reached by it.
 */
async function windDown(record: RolloutRecord, seen: Observation, context: LookContext): Promise<LookResult> {
  const { ports, store, onTrouble } = context;
  const again = { record, seen, wakeInMs: WIND_DOWN_MS };
  const isOver = ports.workload.leave === undefined ? isTakenDown : isLeftInPlace;
  try {
    if (!(await isOver(record, seen, context))) return again;
  } catch (cause) {
    onTrouble('it cannot be wound down yet', cause);
    return again;
  }
  await store.remove(record);
  return { seen, wakeInMs: WIND_DOWN_MS };
}

type WindDown = (record: RolloutRecord, seen: Observation, context: LookContext) => Promise<boolean>;

const isTakenDown: WindDown = async (_, { groups }, { ports, deadline }) => {
  const signal = deadline();
  await ports.forgetRoute(signal);
  await ports.workload.apply([], signal);
  await ports.outside?.apply([], signal);
  await ports.notices?.apply([], signal);
  return groups?.every((group) => group.running === 0) === true;
};

/** Nothing goes that users may still be sent to, as long as somebody may say that they are not. */
const isLeftInPlace: WindDown = async (record, seen, context) => {
  const { windingDownMs = 0 } = context;
  const isPatient = windingDownMs < LONGEST_WIND_DOWN_MS;
  const isAlone = isStableAlone(record, seen);
  const mayGo = isAlone || (await isSentToStable(record, seen, context)) || !isPatient;
  if (!mayGo || !(await isLeft(record, context))) return false;
  if (isPatient && !isAlone) return false;
  return (await isGivenBack(context)) || !isPatient;
};

async function isLeft({ status }: RolloutRecord, { ports, deadline }: LookContext): Promise<boolean> {
  const signal = deadline();
  const isOver = await ports.workload.leave?.(status.stable, signal);
  await ports.outside?.apply([], signal);
  await ports.notices?.apply([], signal);
  return isOver !== false;
}

async function isGivenBack({ ports, deadline, onTrouble }: LookContext): Promise<boolean> {
  const why = await ports.forgetRoute(deadline());
  if (why !== undefined) onTrouble('its route is not given back yet', new Error(why));
  return why === undefined;
}

/** True once nobody else could be reached: what was given back is not steered again. */
function isStableAlone({ status: { stable } }: RolloutRecord, { groups }: Observation): boolean {
  const others = groups?.filter(({ revision, copy }) => revision !== stable || copy !== undefined);
  return others?.every(({ running }) => running === 0) === true;
}

/** True once nobody else is served, and where nothing is there that could send anybody anywhere. */
async function isSentToStable(
  { status: { stable } }: RolloutRecord,
  seen: Observation,
  { ports: { router }, onTrouble, deadline }: LookContext,
): Promise<boolean> {
  if (router === undefined || stable === undefined) return true;
  if (isServed(seen, allTo('stable', stable))) return true;
  try {
    await router.write(allTo('stable', stable), deadline());
    return false;
  } catch (cause) {
    onTrouble('stable cannot be sent all requests', cause);
    return cause instanceof Failure && cause.code === 'notFound';
  }
}
