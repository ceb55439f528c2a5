import { setTimeout as delay } from 'node:timers/promises';
import { ENDPOINTS } from '../api/endpoints.ts';
import type { LogQuery, StreamQuery } from '../api/operations.ts';
import { failureOf } from '../api/problem.ts';
import type { EventView, LogLine, ProblemView, StreamMessage } from '../api/resources.ts';
import { Failure } from '../base/failure.ts';
import { linesOf, sentEventsOf } from './lines.ts';
import { ask, connectionFailure, nameOf, open, type Target } from './transport.ts';

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 2_000;

/** How a live stream bears a lost connection. */
export interface Patience {
  /** Gives up after being without a connection for so long. */
  readonly resumeForMs: number;
  /** Told once each time the connection is lost. */
  readonly onLost: (failure: Failure) => void;
}

/** Log lines until the server ends them or the signal aborts. */
export async function* followLogs(
  target: Target,
  name: string,
  query: LogQuery,
): AsyncGenerator<LogLine, void, undefined> {
  try {
    const asked = { endpoint: ENDPOINTS.logs, values: { name }, query: { ...query } };
    for await (const line of linesOf(await open(target, asked))) {
      if (line === '') continue;
      const parsed = JSON.parse(line) as LogLine | { readonly problem: ProblemView };
      if ('problem' in parsed) throw failureOf(parsed.problem);
      yield parsed;
    }
  } catch (thrown) {
    if (target.signal?.aborted === true) return;
    throw await connectionFailure(target, thrown);
  }
}

/**
 * Messages until the signal aborts. A connection that is lost is opened again where it broke off: the server
 * sends a snapshot of each Rollout and every event that was missed.
 */
export async function* followStream(
  target: Target,
  query: StreamQuery,
  patience: Patience,
): AsyncGenerator<StreamMessage, void, undefined> {
  let after = query.after;
  let lost: Loss | undefined;
  let wasConnected = false;
  while (target.signal?.aborted !== true) {
    try {
      // From a known place on, so that nothing is missed when the connection is lost before the first event.
      after ??= await newestEvent(target, query);
      for await (const message of connect(target, { ...query, after })) {
        lost = undefined;
        wasConnected = true;
        after = message.kind === 'event' ? message.event.id : after;
        yield message;
      }
    } catch (thrown) {
      const failure = await lossOf(target, thrown);
      if (failure === undefined) return;
      if (!wasConnected) throw failure;
    }
    lost = await waitAfter(lost, target, patience);
  }
}

async function newestEvent(target: Target, { rollout }: StreamQuery): Promise<number> {
  const query = { limit: 1, ...(rollout === undefined ? {} : { rollout }) };
  const [newest] = (await ask(target, { endpoint: ENDPOINTS.events, query })) as readonly EventView[];
  return newest?.id ?? 0;
}

interface Loss {
  readonly at: number;
  readonly delayMs: number;
}

/** The failure that a connection ended with; undefined when it was wanted. What is no loss is thrown. */
async function lossOf(target: Target, thrown: unknown): Promise<Failure | undefined> {
  if (target.signal?.aborted === true) return undefined;
  const failure = await connectionFailure(target, thrown);
  if (failure instanceof Failure && failure.code === 'unreachable') return failure;
  throw failure;
}

async function waitAfter(lost: Loss | undefined, target: Target, patience: Patience): Promise<Loss> {
  const now = performance.now();
  const failure = new Failure('unreachable', `coalmine does not answer any more (${nameOf(target)})`, {
    hint: 'Start it again with "coalmine up".',
  });
  if (lost === undefined) patience.onLost(failure);
  else if (now - lost.at > patience.resumeForMs) throw failure;
  const delayMs = lost === undefined ? FIRST_DELAY_MS : Math.min(MAX_DELAY_MS, lost.delayMs * 2);
  await delay(delayMs, undefined, target.signal === undefined ? {} : { signal: target.signal }).catch(
    () => undefined,
  );
  return { at: lost?.at ?? now, delayMs };
}

async function* connect(target: Target, { rollout, after }: StreamQuery): AsyncIterable<StreamMessage> {
  const body = await open(target, {
    endpoint: ENDPOINTS.stream,
    query: { rollout },
    headers: {
      accept: 'text/event-stream',
      ...(after === undefined ? {} : { 'last-event-id': String(after) }),
    },
  });
  for await (const { event, data } of sentEventsOf(body)) {
    const parsed = JSON.parse(data) as StreamMessage | ProblemView;
    if (event === 'problem') throw failureOf(parsed as ProblemView);
    yield parsed as StreamMessage;
  }
}
