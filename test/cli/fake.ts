import type { Access, Caller } from '../../src/api/access/caller.ts';
import type { Operations } from '../../src/api/operations.ts';
import type {
  OpenSession,
  RolloutView,
  StreamMessage,
  SystemView,
  TokenView,
} from '../../src/api/resources.ts';
import type { RevisionDetail } from '../../src/api/revision-views.ts';
import { Failure } from '../../src/base/failure.ts';
import type { AccessRole } from '../../src/engine/access-role.ts';
import { aHistoryView, aPlan, aRevisionView, aView, CANARY, STABLE, THEN } from './views.ts';

export const SYSTEM: SystemView = {
  version: '0.1.0',
  pid: 4242,
  dataDir: '/data',
  startedAt: THEN,
  gateway: { pid: 4243, addresses: ['http://127.0.0.1:8080'], metrics: 'http://127.0.0.1:9090/metrics' },
  problems: [],
};

/** Operations without anything behind them. `calls` are what was asked, in order. */
export interface Fake extends Operations {
  readonly calls: readonly (readonly unknown[])[];
}

/** A fake that knows one Rollout, `shop`; what a test cares about is replaced. */
export function fakeOperations(differences: Partial<Operations> = {}): Fake {
  const calls: unknown[][] = [];
  const known = (name: string): RolloutView => {
    if (name !== 'shop') throw new Failure('notFound', `there is no Rollout "${name}"`);
    return aView();
  };
  const applied = (name: string, released: boolean): Awaited<ReturnType<Operations['apply']>> => ({
    name,
    revision: released ? CANARY : STABLE,
    created: false,
    released,
  });
  const base: Operations = {
    system: () => answer(() => SYSTEM),
    list: () => answer(() => [aView()]),
    get: (name) => answer(() => known(name)),
    plan: () =>
      answer(() => ({
        name: 'shop',
        from: STABLE,
        to: CANARY,
        plan: aPlan(),
        unchanged: false,
        replicas: 3,
      })),
    apply: () => answer(() => applied('shop', true)),
    release: (name) => answer(() => applied(known(name).name, true)),
    releaseGroup: (group) => answer(() => [applied(`${group}-web`, true), applied(`${group}-worker`, true)]),
    steer: (name) => answer(() => known(name)),
    approve: (name) => answer(() => known(name)),
    restart: (name) => answer(() => known(name)),
    scale: (name) => answer(() => known(name)),
    maintain: (name) => answer(() => known(name)),
    tryListeners: (name, { listener = 'team' }) =>
      answer(() => (known(name), [{ listener, channel: 'slack', came: 'taken', answer: 'answered ok' }])),
    remove: (name) =>
      answer(() => {
        known(name);
      }),
    history: (name) => answer(() => (known(name), [aHistoryView()])),
    ticks: () => answer(() => []),
    revisions: (name) => answer(() => (known(name), [aRevisionView()])),
    revision: (name, _, against) =>
      answer(() => (known(name), { ...aRevisionView(), template: {}, ...compared(against) })),
    events: () => answer(() => []),
    // eslint-disable-next-line @typescript-eslint/require-await
    async *logs() {
      yield { revision: STABLE, instance: 'stable-0', text: 'hello' };
    },
    stream: (_, signal) => messages([], signal),
    upload: async (kind, bytes) => {
      let size = 0;
      for await (const chunk of bytes) size += chunk.length;
      return { path: `/uploads/${kind}-${size > 0 ? 'full' : 'empty'}` };
    },
    createToken: ({ name, role }) => answer(() => ({ ...aToken(name, role), secret: SECRET })),
    listTokens: () => answer(() => [aToken('ci', 'operator')]),
    audit: () => answer(() => []),
    revokeToken: (name) => answer(() => aToken(name, 'operator')),
    listSessions: () => answer(() => [aSession('ana')]),
    endSession: (id) => answer(() => ({ ...aSession('ana'), id })),
    endSessions: (name = 'ana') => answer(() => [aSession(name)]),
    createLink: ({ role = 'admin' }) =>
      answer(() => ({ url: `http://127.0.0.1:7070/enter?code=${role}`, expiresAt: THEN + 600_000 })),
    shutDown: () => answer(() => undefined),
    ...differences,
  };
  const recorded = Object.fromEntries(
    Object.entries(base).map(([name, operation]) => [
      name,
      (...args: unknown[]) => {
        calls.push([name, ...args.filter((arg) => !(arg instanceof AbortSignal))]);
        return (operation as (...given: unknown[]) => unknown)(...args);
      },
    ]),
  ) as unknown as Operations;
  return { ...recorded, calls };
}

function compared(against: string | undefined): Pick<RevisionDetail, 'against' | 'changes'> {
  return against === undefined ? {} : { against: STABLE, changes: [{ path: 'command[1]', after: 'b.js' }] };
}

/** A secret as they are made. */
export const SECRET = `coalmine_${'s'.repeat(43)}`;

function aToken(name: string, role: AccessRole): TokenView {
  return { name, role, groups: [], createdAt: THEN, createdBy: { kind: 'user', name: 'ana' } };
}

/** A session of somebody with that name, in which he is a viewer of shop. */
export function aSession(name: string): OpenSession {
  return {
    ...{ id: '0123456789ab', author: { kind: 'user', name } },
    ...{ role: 'viewer', rollouts: ['shop'], groups: [] },
    ...{ createdAt: THEN, seenAt: THEN + 60_000, endsAt: THEN + 86_400_000 },
  };
}

/** Lets everybody in to the same operations; SECRET is an admin's. `callers` are those who came, in order. */
export function accessTo(operations: Operations): Access & { readonly callers: readonly Caller[] } {
  const callers: Caller[] = [];
  return {
    callers,
    holderOf: (secret) =>
      secret === SECRET
        ? Promise.resolve({ author: { kind: 'token', name: 'ci' }, role: 'admin', groups: [] })
        : Promise.reject(new Failure('unauthenticated', 'the token is not known here')),
    operationsFor: (caller) => {
      callers.push(caller);
      return operations;
    },
  };
}

/** The messages, then silence until the signal. */
export async function* messages(
  sent: readonly StreamMessage[],
  signal: AbortSignal,
): AsyncIterable<StreamMessage> {
  yield* sent;
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}

function answer<T>(make: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(make());
  });
}
