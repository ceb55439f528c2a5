import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CertificateMaker } from '../../test/certificates.ts';
import { eventually } from '../../test/proxy.ts';
import { CertificateStore } from '../acme/certificate-store.ts';
import type { Rollout } from '../rollout/model.ts';
import type { GatewayTraffic } from '../rollout/traffic.ts';
import { CertificateKeeper } from './certificate-keeper.ts';

const NAME = { host: 'shop.test', directory: 'https://127.0.0.1:1/dir' };
const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

let dir: string;
let maker: CertificateMaker;
let store: CertificateStore;
let ending: AbortController;
let nowMs: number;
let email: string;
let told: string[];
let looks: number;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'coalmine-keeper-'));
  maker = new CertificateMaker();
  store = new CertificateStore(dir);
  ending = new AbortController();
  nowMs = Date.now();
  email = 'ops@shop.test';
  told = [];
  looks = 0;
});
afterEach(() => {
  ending.abort();
  maker.dispose();
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

function traffic(): GatewayTraffic {
  const acme = { email, directory: NAME.directory };
  return { kind: 'gateway', host: NAME.host, path: '/', timeoutMs: 1_000, acme };
}

/** A keeper of one Rollout, whose authority nobody can reach. */
function started(): CertificateKeeper {
  const keeper = new CertificateKeeper({
    store,
    rollouts: () => {
      looks += 1;
      return Promise.resolve([{ name: 'shop', traffic: traffic() } as Rollout]);
    },
    setChallenges: () => Promise.resolve(),
    onCertificate: () => undefined,
    tell: (message) => told.push(message),
    now: () => nowMs,
    random: () => 0,
  });
  void keeper.run(ending.signal);
  return keeper;
}

/** The keeper looks again and again, and tries nothing. */
async function looked(keeper: CertificateKeeper): Promise<void> {
  const [before, until] = [told.length, looks + 3];
  await eventually(() => {
    keeper.poke();
    return looks >= until;
  }, 'it has looked');
  expect(told).toHaveLength(before);
}

it('without a certificate there is no TLS, what is wrong is told, and the next try waits, for the next process too', async () => {
  const keeper = started();
  await eventually(() => told.length === 1, 'it was tried');
  expect(keeper.filesOf(traffic())).toBeUndefined();
  expect(keeper.problems()).toEqual([
    expect.stringMatching(
      /^shop\.test has no certificate yet .*does not answer.*; the next try is at \d{4}-/,
    ),
  ]);
  await looked(keeper);
  ending.abort();
  ending = new AbortController();
  const next = started();
  await eventually(() => next.problems().length === 1, 'it knows');
  await looked(next);
  nowMs += MINUTE_MS;
  next.poke();
  await eventually(() => told.length === 2, 'it is tried again');
  expect(await store.failedTries(NAME)).toMatchObject({ failures: 2, nextAtMs: nowMs + 5 * MINUTE_MS });
});

it('other settings are tried at once', async () => {
  const keeper = started();
  await eventually(() => told.length === 1, 'it was tried');
  email = 'other@shop.test';
  await eventually(() => {
    keeper.poke();
    return told.length === 2;
  }, 'it is tried');
  expect(await store.failedTries(NAME)).toMatchObject({ failures: 1 });
});

it('a certificate is left alone while it is young, and served on when it cannot be renewed', async () => {
  const { cert, key } = maker.make(NAME.host);
  await store.put(NAME, `${key}${cert}`);
  const keeper = started();
  await looked(keeper);
  nowMs += 1.5 * DAY_MS;
  keeper.poke();
  await eventually(() => told.length === 1, 'renewal was tried');
  expect(keeper.problems()).toEqual([
    expect.stringMatching(/^shop\.test has a certificate until .* that cannot be renewed: .*does not answer/),
  ]);
  const path = store.path(NAME);
  expect(keeper.filesOf(traffic())).toEqual({ certificate: path, key: path });
  rmSync(path);
  expect(keeper.filesOf(traffic())).toEqual({ certificate: path, key: path });
});
