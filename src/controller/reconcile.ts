import type { Json } from '../base/json.ts';
import { canonicalJson } from '../base/canonical.ts';
import { advance } from '../engine/advance.ts';
import type { Decision, Desired } from '../engine/decision.ts';
import { isServed, type Observation, type Route } from '../engine/observation.ts';
import { observe, PORT_TIMEOUT_MS, type OnTrouble } from './observe.ts';
import type { Ports, RolloutRecord, Store } from './ports.ts';

/** What one look needs besides the record. */
export interface LookContext {
  readonly store: Store;
  readonly ports: Ports;
  readonly now: () => number;
  readonly onTrouble: OnTrouble;
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
  const seen = await observe(context.ports, record.wanted, context.onTrouble);
  if (record.deleting) return windDown(record, seen, context);
  const decision = advance(record.rollout, record.status, seen, context.now());
  const saved = await save(record, decision, context.store);
  await apply(decision.desired, seen, context);
  return { record: saved, seen, wakeInMs: decision.wakeInMs };
}

async function save(record: RolloutRecord, decision: Decision, store: Store): Promise<RolloutRecord> {
  const { status, events, counted, ended } = decision;
  const isChanged = textOf(status) !== textOf(record.status);
  if (!isChanged && events.length === 0 && ended === undefined) return record;
  return store.save(
    { ...record, status },
    { events, ...(counted === undefined ? {} : { counted }), ...(ended === undefined ? {} : { ended }) },
  );
}

/** The status is JSON by construction. */
function textOf(status: unknown): string {
  return canonicalJson(status as Json);
}

/** Traffic first, so that nothing is stopped that still serves. A part that fails is tried again at the next look. */
async function apply(desired: Desired, seen: Observation, context: LookContext): Promise<void> {
  const { ports, onTrouble } = context;
  const signal = AbortSignal.timeout(PORT_TIMEOUT_MS);
  await applyRoute(desired.route, seen, context).catch((cause: unknown) => {
    onTrouble('the route cannot be written', cause);
  });
  await ports.workload.apply(desired.groups, signal).catch((cause: unknown) => {
    onTrouble('the workload cannot be changed', cause);
  });
}

async function applyRoute(
  route: Route | undefined,
  seen: Observation,
  { ports }: LookContext,
): Promise<void> {
  const signal = AbortSignal.timeout(PORT_TIMEOUT_MS);
  if (route === undefined) await ports.forgetRoute(signal);
  else if (!isServed(seen, route)) await ports.router?.write(route, signal);
}

/** Takes the route away, then the processes, then the record. */
async function windDown(record: RolloutRecord, seen: Observation, context: LookContext): Promise<LookResult> {
  const { ports, store, onTrouble } = context;
  const signal = AbortSignal.timeout(PORT_TIMEOUT_MS);
  try {
    await ports.forgetRoute(signal);
    await ports.workload.apply([], signal);
  } catch (cause) {
    onTrouble('it cannot be wound down yet', cause);
    return { record, seen, wakeInMs: WIND_DOWN_MS };
  }
  const isEmpty = seen.groups !== undefined && seen.groups.every((group) => group.running === 0);
  if (!isEmpty) return { record, seen, wakeInMs: WIND_DOWN_MS };
  await store.remove(record);
  return { seen, wakeInMs: WIND_DOWN_MS };
}
