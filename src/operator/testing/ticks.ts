import type { CountedTick } from '../../engine/decision.ts';
import { NO_REQUESTS } from '../../analysis/measurement.ts';
import { ApiError } from '../../kube/api-error.ts';
import type { KubeClient, Patch } from '../../kube/client.ts';
import type { ReleaseTicksObject, RolloutObject } from '../objects.ts';
import type { ReleaseTicksSpec } from '../crd/release-ticks.ts';

/** A tick of a second that ends at `at` seconds: ten requests of the candidate and a hundred of the control. */
export function aTick(at: number, differences: Partial<CountedTick> = {}): CountedTick {
  const latency = Array.from({ length: 20 }, (_, index) => [index + 100, ((at * index) % 7) + 1] as const);
  return {
    release: 1,
    step: 1,
    at: at * 1_000,
    tick: {
      ms: 1_000,
      candidate: { ...NO_REQUESTS, requests: 10, errors: at % 2, latency },
      control: { ...NO_REQUESTS, requests: 100, errors: 1, latency },
      plannedShare: 0.1,
    },
    judgement: {
      verdict: 'undecided',
      reason: `errors: ${at * 10} canary requests so far`,
      checks: [
        { name: 'errors', verdict: 'undecided', reason: `evidence ${at / 7} of 200`, samples: at * 10 },
      ],
    },
    ...differences,
  };
}

/** So many ticks, one a second from `from` on. */
export function ticksFrom(from: number, count: number): readonly CountedTick[] {
  return Array.from({ length: count }, (_, index) => aTick(from + index));
}

/** The Rollout whose ticks they are. */
export const SHOP: RolloutObject = { metadata: { namespace: 'web', name: 'shop', uid: 'u1' }, spec: {} };

/** What an API server does with the ticks of one release: with optimistic concurrency, and counted. */
export class TicksServer {
  object: ReleaseTicksObject | undefined;
  /** Verbs, in their order. */
  readonly asked: string[] = [];
  /** Set: it refuses everything. */
  fails = false;
  /** Set: the next write is done and its answer is lost. */
  losesAnswer = false;
  #version = 0;

  get client(): KubeClient {
    const client: Pick<KubeClient, 'get' | 'create' | 'patch'> = {
      get: <T>() => this.#answer('get', () => this.object as T | undefined),
      create: <T>(_: unknown, made: object) =>
        this.#answer('create', () => {
          if (this.object !== undefined) throw new ApiError('alreadyExists', 'it is there');
          return this.#write(made as ReleaseTicksObject) as unknown as T;
        }),
      patch: <T>(_: unknown, patch: Patch<never>) =>
        this.#answer('patch', () => this.#patched(patch) as unknown as T),
    };
    return client as KubeClient;
  }

  /** Somebody writes nonsense in place of a part. */
  damage(at: number): void {
    const there = this.object;
    if (there === undefined) throw new Error('nothing is written yet');
    const parts = there.spec.parts.map((part, index) => (index === at ? 'gz:nonsense' : part));
    this.#write({ ...there, spec: { ...there.spec, parts } });
  }

  #patched(patch: Patch<never>): ReleaseTicksObject {
    const there = this.object;
    if (there === undefined) throw new ApiError('notFound', 'gone');
    if ('merge' in patch) {
      const { metadata, spec } = patch.merge as ReleaseTicksObject;
      this.#bind(metadata.resourceVersion, 'conflict');
      return this.#write({ ...there, spec });
    }
    const [test, ...added] = 'json' in patch ? patch.json : [];
    this.#bind((test as { readonly value?: unknown } | undefined)?.value, 'invalid');
    const texts = added.map((step) => (step as { readonly value: string }).value);
    return this.#write({ ...there, spec: { ...there.spec, parts: [...there.spec.parts, ...texts] } });
  }

  #bind(version: unknown, reason: 'conflict' | 'invalid'): void {
    if (version !== this.object?.metadata.resourceVersion) throw new ApiError(reason, 'it has changed');
  }

  #write(object: ReleaseTicksObject): ReleaseTicksObject {
    this.#version += 1;
    this.object = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    return this.object;
  }

  async #answer<T>(verb: string, act: () => T): Promise<T> {
    await Promise.resolve();
    this.asked.push(verb);
    if (this.fails) throw new ApiError('unavailable', 'not now');
    const answer = act();
    if (verb === 'get' || !this.losesAnswer) return answer;
    this.losesAnswer = false;
    throw new ApiError('timedOut', 'no answer');
  }

  get spec(): ReleaseTicksSpec {
    if (this.object === undefined) throw new Error('nothing is written yet');
    return this.object.spec;
  }
}
