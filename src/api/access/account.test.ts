import { describe, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import type { JsonObject } from '../../base/json.ts';
import { ApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { Accounts, tokenIn } from './account.ts';

/** An API server that knows tokens by what they are called, and lets everybody do some things. */
class Reviews {
  asked = 0;
  verbs: readonly string[] = ['get', 'list', 'watch'];
  isAway = false;
  nowMs = 0;

  readonly accounts = new Accounts({
    client: { create: (of: unknown, object: unknown) => this.#answer(object as JsonObject) } as Pick<
      KubeClient,
      'create'
    >,
    now: () => this.nowMs,
    deadline: () => new AbortController().signal,
  });

  #answer({ spec }: JsonObject): Promise<never> {
    const { token, user, resourceAttributes } = spec as {
      readonly token?: string;
      readonly user?: string;
      readonly resourceAttributes?: { readonly verb: string };
    };
    if (user === undefined) this.asked += 1;
    if (this.isAway) return Promise.reject(new ApiError('unreachable', 'the API server does not answer'));
    const allowed = this.verbs.includes(resourceAttributes?.verb ?? '');
    const isKnown = token?.startsWith('of-') === true;
    const known = { authenticated: isKnown, user: { username: token?.slice(3), groups: ['all'] } };
    const answer: unknown = { status: user === undefined ? known : { allowed } };
    return Promise.resolve(answer as never);
  }
}

describe('an account of a cluster', () => {
  it.each([
    [['get', 'list', 'watch'], 'viewer'],
    [['get', 'list', 'watch', 'patch'], 'operator'],
    [['get', 'list', 'watch', 'delete'], 'viewer'],
    [['get', 'list', 'watch', 'patch', 'delete'], 'admin'],
  ])('that may %s is %s', async (verbs, role) => {
    const reviews = new Reviews();
    reviews.verbs = verbs;
    expect(await reviews.accounts.callerOf('of-ana', 'shop')).toMatchObject({
      author: { kind: 'account', name: 'ana' },
      role,
      groups: ['all'],
    });
  });

  it.each([[[]], [['get', 'list']], [['patch', 'delete']]])('that may %j does not come in', async (verbs) => {
    const reviews = new Reviews();
    reviews.verbs = verbs;
    const refused = reviews.accounts.callerOf('of-ana', 'shop');
    await expect(refused).rejects.toMatchObject({ code: 'notPermitted' });
    await expect(refused).rejects.toThrow('ana may not get, list, watch rollouts.coalmine.dev in shop');
  });

  it('is asked about once in five seconds, for each namespace, and a no counts as long as a yes', async () => {
    const reviews = new Reviews();
    const { accounts } = reviews;
    const ask = (token: string, namespace: string) =>
      accounts.callerOf(token, namespace).catch(() => undefined);
    await Promise.all([ask('of-ana', 'shop'), ask('of-ana', 'shop'), ask('unknown', 'shop')]);
    await ask('unknown', 'shop');
    expect(reviews.asked).toBe(2);
    await ask('of-ana', 'cart');
    expect(reviews.asked).toBe(3);
    reviews.verbs = [];
    reviews.nowMs = 4_999;
    expect(await ask('of-ana', 'shop')).toMatchObject({ role: 'viewer' });
    reviews.nowMs = 5_000;
    expect(await ask('of-ana', 'shop')).toBeUndefined();
  });

  it('is asked about again at once when the API server did not answer', async () => {
    const reviews = new Reviews();
    reviews.isAway = true;
    await expect(reviews.accounts.callerOf('of-ana', 'shop')).rejects.toMatchObject({ code: 'unreachable' });
    reviews.isAway = false;
    expect(await reviews.accounts.callerOf('of-ana', 'shop')).toMatchObject({ role: 'viewer' });
  });

  it('is forgotten when too many others come', async () => {
    const reviews = new Reviews();
    const ask = (count: number) => reviews.accounts.callerOf(`of-${count % 8}`, `place-${count}`);
    for (let count = 0; count <= 1_000; count += 1) await ask(count);
    const { asked } = reviews;
    await ask(1_000);
    expect(reviews.asked).toBe(asked);
    await ask(0);
    expect(reviews.asked).toBe(asked + 1);
  });

  it('is not asked about without end by who guesses tokens, and who is known comes in meanwhile', async () => {
    const reviews = new Reviews();
    const code = (token: string, namespace: string) =>
      reviews.accounts.callerOf(token, namespace).then(
        () => 'comes in',
        (cause: unknown) => (cause as Failure).code,
      );
    expect(await code('of-ana', 'shop')).toBe('comes in');
    const guessed = await Promise.all(
      Array.from({ length: 1_000 }, (_, count) => code(`guess-${count}`, 'shop')),
    );
    expect(guessed.filter((one) => one === 'unauthenticated')).toHaveLength(199);
    expect(guessed.filter((one) => one === 'tooMany')).toHaveLength(801);
    expect(reviews.asked).toBe(200);
    expect([await code('of-ana', 'cart'), await code('of-ben', 'shop')]).toEqual(['comes in', 'tooMany']);
    reviews.nowMs += 1_000;
    expect(await code('of-ben', 'shop')).toBe('comes in');
  });

  it('has no more than is felt asked about many namespaces, and what is known is not counted', async () => {
    const reviews = new Reviews();
    const places = Array.from({ length: 500 }, (_, count) => `place-${count}`);
    const ask = () => Promise.allSettled(places.map((place) => reviews.accounts.callerOf('of-eve', place)));
    await reviews.accounts.callerOf('of-eve', 'shop');
    const good = (await ask()).filter(({ status }) => status === 'fulfilled').length;
    expect([good, reviews.asked]).toEqual([200, 201]);
    for (let times = 0; times < 1_000; times += 1) await reviews.accounts.callerOf('of-eve', 'place-0');
    expect(reviews.asked).toBe(201);
  });
});

describe('the token of a request', () => {
  const shown = (authorization?: string) =>
    tokenIn({ headers: new Headers(authorization === undefined ? {} : { authorization }) });

  it('is what stands behind Bearer, dots of a JWT and all', () => {
    expect(shown('Bearer eyJh.eyJz-_.c2ln')).toBe('eyJh.eyJz-_.c2ln');
  });

  it.each([[undefined], ['Basic YTpi'], ['Bearer'], ['Bearer a b'], [`Bearer ${'a'.repeat(20_000)}`]])(
    'is asked for in words, and never repeated, where there is %s',
    (authorization) => {
      const refuse = (): string => shown(authorization);
      expect(refuse).toThrow(Failure);
      expect(refuse).toThrow('every request needs the token of an account of the cluster');
    },
  );
});
