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
  const { ports, store, onTrouble, deadline } = context;
  const signal = deadline();
  const again = { record, seen, wakeInMs: WIND_DOWN_MS };
  try {
    const goesOn = ports.workload.leave !== undefined;
    await (goesOn ? sendToStable(record, seen, context) : ports.forgetRoute(signal));
    const isLeft = await leave(record, seen, { ports, signal });
    await ports.outside?.apply([], signal);
    if (!isLeft) return again;
    if (goesOn) await ports.forgetRoute(deadline());
  } catch (cause) {
    onTrouble('it cannot be wound down yet', cause);
    return again;
  }
  await store.remove(record);
  return { seen, wakeInMs: WIND_DOWN_MS };
}

/** What cannot be sent anywhere is no reason to stay. */
async function sendToStable(
  { status: { stable } }: RolloutRecord,
  seen: Observation,
  { ports, onTrouble, deadline }: LookContext,
): Promise<void> {
  if (stable === undefined || isServed(seen, allTo('stable', stable))) return;
  await ports.router?.write(allTo('stable', stable), deadline()).catch((cause: unknown) => {
    onTrouble('stable cannot be sent all requests', cause);
  });
}

interface Leaving {
  readonly ports: LookContext['ports'];
  readonly signal: AbortSignal;
}

/** True once nothing is left of it. */
async function leave(
  { status }: RolloutRecord,
  { groups }: Observation,
  { ports: { workload }, signal }: Leaving,
): Promise<boolean> {
  if (workload.leave !== undefined) return workload.leave(status.stable, signal);
  await workload.apply([], signal);
  return groups !== undefined && groups.every((group) => group.running === 0);
}
