import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aRollout } from '../../test/engine/rollouts.ts';
import type { NoticePort } from '../controller/ports.ts';
import type { Delivery, Notice } from '../engine/notices.ts';
import type { Listener } from '../rollout/model-notify.ts';
import { localSecrets } from '../system/secret.ts';
import { Notifier } from './notifier.ts';
import { aListener, aNotice } from './testing/notices.ts';
import { fakeService, type FakeService, type Got, type Said } from './testing/service.ts';

const SIGNAL = new AbortController().signal;

let service: FakeService;
let says: (got: Got, times: number) => Said;
let notifier: Notifier;
let secrets: Record<string, string>;
let changed: () => void;

beforeEach(async () => {
  says = () => ({ status: 204 });
  service = await fakeService((got, times) => says(got, times));
  secrets = {};
  changed = () => undefined;
  notifier = aNotifier();
});

afterEach(() => {
  notifier.close();
  service.close();
});

function aNotifier(): Notifier {
  return new Notifier({
    secretsOf: () => localSecrets(secrets),
    onDelivery: () => {
      changed();
    },
    now: Date.now,
    retry: { firstMs: 1, longestMs: 1 },
  });
}

function to(name: string): Listener {
  return aListener(
    { kind: 'webhook', url: { plain: `${service.url}/${name}` }, format: 'json', headers: {} },
    { name },
  );
}

function portFor(...notify: readonly Listener[]): NoticePort {
  const { notices } = notifier.portOf('shop', aRollout({ notify }));
  if (notices === undefined) throw new Error('nobody listens');
  return notices;
}

const about = (name: string, release: number): Notice =>
  aNotice({ to: name, release, key: `shop-${release}-${name}` });

/** Waits until something is known of a notice that is so. */
async function becomes(port: NoticePort, key: string, kind: Delivery['kind']): Promise<Delivery> {
  for (;;) {
    const delivery = (await port.observe(SIGNAL))[key];
    if (delivery?.kind === kind) return delivery;
    await new Promise<void>((resolve) => {
      changed = resolve;
    });
  }
}

const keys = (): readonly unknown[] => service.got.map(({ headers }) => headers['idempotency-key']);

describe('the notifier', () => {
  it('sends what is due once, however often it is asked to', async () => {
    const port = portFor(to('team'));
    const due = [about('team', 1)];
    for (let times = 0; times < 3; times += 1) await port.apply(due, SIGNAL);
    await becomes(port, 'shop-1-team', 'taken');
    await port.apply(due, SIGNAL);
    await port.apply([], SIGNAL);
    await port.apply([about('team', 2)], SIGNAL);
    await becomes(port, 'shop-2-team', 'taken');
    expect(keys()).toEqual(['shop-1-team', 'shop-2-team']);
  });

  it('sends again, with the same key, what was taken while nobody could save that', async () => {
    const port = portFor(to('team'));
    await port.apply([about('team', 1)], SIGNAL);
    await becomes(port, 'shop-1-team', 'taken');
    notifier.close();
    notifier = aNotifier();
    const next = portFor(to('team'));
    await next.apply([about('team', 1)], SIGNAL);
    await becomes(next, 'shop-1-team', 'taken');
    expect(keys()).toEqual(['shop-1-team', 'shop-1-team']);
  });

  it('tells a listener the next only when the one before is over, and others meanwhile', async () => {
    says = ({ path }) => (path === '/deaf' ? 'hang' : { status: 204 });
    const port = portFor(to('deaf'), to('team'));
    const due = [about('deaf', 1), about('deaf', 2), about('team', 1), about('team', 2)];
    await port.apply(due, SIGNAL);
    await becomes(port, 'shop-1-team', 'taken');
    expect(keys()).not.toContain('shop-2-team');
    await port.apply(
      due.filter(({ key }) => key !== 'shop-1-team'),
      SIGNAL,
    );
    await becomes(port, 'shop-2-team', 'taken');
    expect([...keys()].sort()).toEqual(['shop-1-deaf', 'shop-1-team', 'shop-2-team']);
  });

  it('tries again until it is taken, and says what is wrong once it is not for a moment only', async () => {
    says = (_, times) => ({ status: times < 6 ? 503 : 204 });
    const port = portFor(to('team'));
    await port.apply([about('team', 1)], SIGNAL);
    expect(await becomes(port, 'shop-1-team', 'delayed')).toEqual({ kind: 'delayed', why: 'answered 503' });
    expect(service.got.length).toBeGreaterThanOrEqual(3);
    await becomes(port, 'shop-1-team', 'taken');
    expect(new Set(keys())).toEqual(new Set(['shop-1-team']));
    expect(keys()).toHaveLength(6);
  });

  it('does not ask sooner than a service wants it to', async () => {
    const at: number[] = [];
    says = (_, times) => {
      at.push(performance.now());
      return times === 1 ? { status: 429, headers: { 'retry-after': '1' } } : { status: 204 };
    };
    const port = portFor(to('team'));
    await port.apply([about('team', 1)], SIGNAL);
    await becomes(port, 'shop-1-team', 'taken');
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('gives up at once what is refused', async () => {
    says = () => ({ status: 404, body: 'no such hook' });
    const port = portFor(to('team'));
    await port.apply([about('team', 1)], SIGNAL);
    const delivery = await becomes(port, 'shop-1-team', 'refused');
    expect(delivery).toEqual({
      kind: 'refused',
      why: expect.stringContaining('answered 404: no such hook') as string,
    });
    expect(service.got).toHaveLength(1);
  });

  it('takes up a secret that was missing, and a listener that was mended', async () => {
    const kept = aListener(
      { kind: 'webhook', url: { kept: { env: 'URL_IN' } }, format: 'json', headers: {} },
      { name: 'team' },
    );
    const port = portFor(kept);
    await port.apply([about('team', 1)], SIGNAL);
    expect(await becomes(port, 'shop-1-team', 'delayed')).toMatchObject({
      why: expect.stringContaining('the variable URL_IN is empty') as string,
    });
    secrets = { URL_IN: `${service.url}/kept` };
    await becomes(port, 'shop-1-team', 'taken');
    expect(service.got.map(({ path }) => path)).toEqual(['/kept']);
  });

  it('lets go what nobody wants any more', async () => {
    says = () => ({ status: 503 });
    const port = portFor(to('team'));
    await port.apply([about('team', 1)], SIGNAL);
    await becomes(port, 'shop-1-team', 'delayed');
    await port.apply([], SIGNAL);
    expect(await port.observe(SIGNAL)).toEqual({});
    expect(notifier.portOf('shop', aRollout())).toEqual({});
  });
});
