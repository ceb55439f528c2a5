import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { Failure } from '../base/failure.ts';
import { liveBody, type Live } from './live-body.ts';
import type { Operations } from './operations.ts';
import type { OnBug } from './problem.ts';

/** What answers need that are sent piece by piece. */
export interface LiveOptions {
  /** What whoever sent a request may do. Throws Failure `notPermitted` for who may not come in. */
  readonly operationsFor: (request: Request) => Promise<Operations>;
  readonly onBug: OnBug;
  /** Silence after which a heartbeat is sent, and whoever asked is asked again who he is. */
  readonly heartbeatMs: number;
}

/** The part of a body that depends on what is sent. */
export type LiveSource<T> = Pick<Live<T>, 'open' | 'encode' | 'encodeProblem' | 'heartbeat'>;

/** The body of an answer to a request, which ends when its reader may not read on or takes nothing. */
export function bodyOf<T>(
  { req, env }: Context,
  source: LiveSource<T>,
  { heartbeatMs, operationsFor, onBug }: LiveOptions,
): ReadableStream<Uint8Array> {
  const { method, path, raw } = req;
  // Absent where no server called.
  const { outgoing } = env as Partial<HttpBindings>;
  return liveBody({
    ...source,
    heartbeatMs,
    admit: () => operationsFor(raw),
    abandon: () => {
      outgoing?.destroy();
    },
    onError: (thrown) => {
      if (!(thrown instanceof Failure)) onBug(thrown, { method, path });
    },
  });
}
