import { Agent, request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Site, until, type Behaviour } from './site.ts';

interface View {
  readonly phase: string;
  readonly stable?: string;
  readonly release?: {
    readonly experiment?: { readonly candidates: readonly { readonly trials: number }[] };
  };
}

interface HistoryRow {
  readonly outcome: string;
  readonly reason: string;
}

const STRATEGY =
  '{ ab: { unit: { cookie: uid }, variants: [{ name: blue, share: 50%, stable: true }, { name: green, share: 50%, env: { BUTTON: green } }], goal: { conversion: { method: POST, path: /orders, status: 2xx }, minimumEffect: 50% } } }';
const CONCURRENT = 16;

let site: Site;
let shoppers: Shoppers | undefined;

beforeEach(async () => {
  site = await Site.create();
});

afterEach(async () => {
  await shoppers?.leave();
  shoppers = undefined;
  await site.destroy();
});

/** Users who try to order, and come back later to look; more and more of them, while they may. */
class Shoppers {
  /** So many users there are at most: fewer than an experiment takes. */
  most = 400;
  /** Answers of 5xx, broken connections. */
  failures = 0;
  /** The versions that each user has met. */
  readonly met = new Map<string, Set<string>>();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONCURRENT });
  readonly #address: string;
  readonly #all: Promise<void>;
  #isOver = false;
  #users = 0;

  constructor(address: string) {
    this.#address = address;
    this.#all = Promise.all(Array.from({ length: CONCURRENT }, (_, i) => this.#shop(i))).then(
      () => undefined,
    );
  }

  async leave(): Promise<void> {
    this.#isOver = true;
    await this.#all;
    this.#agent.destroy();
  }

  async #shop(lane: number): Promise<void> {
    for (let n = 0; !this.#isOver; n += 1) {
      const isNew = this.#users < this.most && n % 10 !== 9;
      if (isNew) this.#users += 1;
      const user = isNew ? this.#users : 1 + ((lane + CONCURRENT * n) % Math.max(1, this.#users));
      await this.#ask(`u${user}`, isNew ? 'POST' : 'GET', isNew ? '/orders' : '/echo');
    }
  }

  #ask(uid: string, method: string, path: string): Promise<void> {
    return new Promise((resolve) => {
      const failed = (): void => {
        this.failures += 1;
        resolve();
      };
      const asking = request(
        new URL(path, this.#address),
        { method, agent: this.#agent, headers: { cookie: `uid=${uid}` } },
        (answer) => {
          if ((answer.statusCode ?? 500) >= 500) this.failures += 1;
          const version = String(answer.headers['x-version']);
          this.met.set(uid, (this.met.get(uid) ?? new Set()).add(version));
          answer.resume().on('end', resolve).on('error', failed);
        },
      );
      asking.on('error', failed).end();
    });
  }
}

function view(): Promise<View> {
  return site.api<View>('rollouts/shop');
}

/** The first version is live, without the environment of the variant, and has shoppers. */
async function live(orderRatio: number, differences: Readonly<Record<string, string>> = {}): Promise<void> {
  await site.declare({ version: 'v1', orderRatio }, { strategy: STRATEGY, analysis: '', ...differences });
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '30s');
  shoppers = new Shoppers(await site.address());
}

async function button(): Promise<string> {
  return (await fetch(new URL('/variable?name=BUTTON', await site.address()))).text();
}

async function ended(behaviour: Behaviour): Promise<HistoryRow> {
  if (shoppers !== undefined) shoppers.most = Infinity;
  await site.ok('release', 'shop', '--from', await site.artefact(behaviour));
  await until('the experiment is over', async () => (await view()).release === undefined, 90_000);
  const [last] = await site.api<HistoryRow[]>('rollouts/shop/releases');
  if (last === undefined) throw new Error('no release ended');
  return last;
}

describe('an experiment', () => {
  it('promotes the variant that is better, with its environment; users stay with theirs, and none of their requests fails', async () => {
    await live(0.2);
    expect(await button()).toBe('');
    await site.ok('release', 'shop', '--from', await site.artefact({ version: 'v2', orderRatio: 0.5 }));
    const usersOfGreen = async (): Promise<number> =>
      (await view()).release?.experiment?.candidates[0]?.trials ?? 0;
    await until('both have users', async () => (await usersOfGreen()) > 20);
    const described = await site.ok('describe', 'shop');
    expect(described.out).toMatch(/variant +users +converted +rate +effect +between/);
    expect(described.out).toMatch(/ blue +\d+ +\d+ /);
    // Before it began all were with v1.
    shoppers?.met.clear();
    await until('they have come again', () => Promise.resolve((shoppers?.met.size ?? 0) > 300));
    const during = [...(shoppers?.met ?? [])].map(([, versions]) => versions.size);
    if (shoppers !== undefined) shoppers.most = Infinity;
    await until('it is over', async () => (await view()).release === undefined, 90_000);
    const [last] = await site.api<HistoryRow[]>('rollouts/shop/releases');
    expect(last).toMatchObject({
      outcome: 'promoted',
      reason: expect.stringMatching(/more users convert/) as string,
    });
    expect(await button()).toBe('green');
    expect(shoppers?.failures).toBe(0);
    expect(Math.max(...during)).toBe(1);
    // The same again is what runs already.
    expect((await site.ok('apply')).out).not.toMatch(/released/);
  });

  it('of several variants promotes the one that is best, and ends the others', async () => {
    const variants =
      '{ name: blue, share: 40%, stable: true }, { name: green, share: 30%, env: { BUTTON: green } }, { name: red, share: 30%, env: { BUTTON: red } }';
    await live(0.2, { strategy: STRATEGY.replace(/(?<=variants: \[).*(?=\], goal)/, variants) });
    const { revision } = await site.json<{ revision: string }>(
      'release',
      'shop',
      '--from',
      await site.artefact({ version: 'v2', orderRatios: { green: 0.2, red: 0.6 } }),
    );
    await until('all have users', async () => {
      const { candidates = [] } = (await view()).release?.experiment ?? {};
      return candidates.length === 2 && candidates.every(({ trials }) => trials > 20);
    });
    const described = await site.ok('describe', 'shop');
    expect(described.out).toMatch(/ green +\d+ +\d+ .*\n +red +\d+ +\d+ /);
    expect(described.out).toMatch(/variant:green/);
    shoppers?.met.clear();
    await until('they have come again', () => Promise.resolve((shoppers?.met.size ?? 0) > 300));
    if (shoppers !== undefined) shoppers.most = Infinity;
    await until('it is over', async () => (await view()).release === undefined, 120_000);
    const [last] = await site.api<HistoryRow[]>('rollouts/shop/releases');
    expect([last?.outcome, last?.reason]).toEqual([
      'promoted',
      expect.stringMatching(/green: .*; red: more users convert/),
    ]);
    expect(await button()).toBe('red');
    expect(shoppers?.failures).toBe(0);
    // It is not the first of them that has won; whoever waits for the release hears of it all the same.
    expect((await view()).stable).not.toBe(revision);
    expect((await site.ok('wait', 'shop', '--timeout', '30s')).out).toMatch(/promoted/);
    expect((await site.ok('apply')).out).not.toMatch(/released/);
  });

  it('keeps what runs where no variant is better, and is not begun again by itself', async () => {
    await live(0.3);
    const { stable } = await view();
    const last = await ended({ version: 'v2', orderRatio: 0.3 });
    expect([last.outcome, last.reason]).toEqual([
      'completed',
      expect.stringContaining('green is not promoted'),
    ]);
    await until('it is at rest', async () => (await view()).phase === 'Healthy');
    expect((await view()).stable).toBe(stable);
    expect(await button()).toBe('');
    expect(shoppers?.failures).toBe(0);
  });

  it('is rolled back by a check, whatever users do', async () => {
    const analysis = '{ warmUp: 0s, checks: [{ name: errors, errors: {}, worseBy: 50%, floor: 1% }] }';
    await live(0.3, { analysis });
    const last = await ended({ version: 'v2', orderRatio: 1, errorRatio: 0.5 });
    expect([last.outcome, last.reason]).toEqual(['rolledBack', expect.stringContaining('errors')]);
  });
});
