import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, Crowd, fourSigma, hashOf, type Answer } from './crowd.ts';
import { Site, until } from './site.ts';

interface View {
  readonly phase: string;
  readonly route?: readonly { readonly track: string; readonly weight: number }[];
  readonly release?: { readonly step: number; readonly stage: string };
  readonly groups: readonly {
    readonly revision: string;
    readonly running: number;
    readonly instances: readonly { readonly pid?: number; readonly state: string }[];
  }[];
}

/** Each weight is held until the test goes on. */
const HELD_STEPS =
  '{ canary: { steps: [{ weight: 10% }, { pause: {} }, { weight: 30% }, { pause: {} }, { weight: 60% }, { pause: {} }] } }';
const USERS = 200;
const MIB = 1_024 * 1_024;

let site: Site;
let crowd: Crowd | undefined;

beforeEach(async () => {
  site = await Site.create();
});

afterEach(async () => {
  await crowd?.leave();
  crowd = undefined;
  await site.destroy();
});

async function live(differences: Readonly<Record<string, string>> = {}): Promise<string> {
  await site.declare({ version: 'v1' }, { strategy: HELD_STEPS, ...differences });
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '30s');
  return site.address();
}

function view(): Promise<View> {
  return site.api<View>('rollouts/shop');
}

async function release(version: string): Promise<void> {
  await site.ok('release', 'shop', '--from', await site.artefact({ version }));
}

/** The step of this number, from 0, is at its pause: its route is confirmed. */
async function pausedAt(step: number): Promise<void> {
  await until(`step ${step + 1} is held`, async () => {
    const { release: running } = await view();
    return running?.step === step && running.stage === 'wait';
  });
}

async function promoted(): Promise<void> {
  await site.ok('wait', 'shop', '--timeout', '60s');
  await until('the new version is all there is', async () => (await view()).release === undefined);
}

function post(url: string, body: Buffer, pieceEveryMs: number): Promise<Answer> {
  const pieces = Array.from({ length: 16 }, (_, index) =>
    body.subarray(index * 65_536, (index + 1) * 65_536),
  );
  return ask(new URL('/echo', url).href, { method: 'POST', pieces, pieceEveryMs });
}

describe('users who stay on a version', () => {
  it('are as many as the weight says, never go back while it grows, all follow it and all leave it', async () => {
    const url = await live({ traffic: '{ gateway: { sticky: { cookie: auto } } }' });
    crowd = new Crowd(url, USERS);
    crowd.arrive(400);
    await crowd.round();
    expect(crowd.on('v1')).toBe(USERS);

    await release('v2');
    for (const [step, weight] of [0.1, 0.3, 0.6].entries()) {
      await pausedAt(step);
      await crowd.round();
      const distance = Math.abs(crowd.on('v2') - USERS * weight);
      expect(distance, `users on v2 at a weight of ${weight}`).toBeLessThanOrEqual(fourSigma(USERS, weight));
      await site.ok('resume', 'shop');
    }
    await promoted();
    await crowd.round();
    expect(new Set(crowd.users.map((user) => user.path.join(' ')))).toEqual(new Set(['v1 v2']));
    expect(crowd.users.every((user) => user.cookiesGiven === 1)).toBe(true);

    await release('v3');
    await pausedAt(0);
    await crowd.round();
    expect(crowd.on('v3')).toBeGreaterThan(0);
    await site.ok('abort', 'shop');
    await until('the release is aborted', async () => (await view()).release === undefined);
    await crowd.round();
    expect(crowd.on('v2')).toBe(USERS);
    expect(crowd.failures()).toEqual([]);
  });
});

describe('users who stay on no version', () => {
  it('are divided request by request, on every connection', async () => {
    const url = await live();
    await release('v2');
    await pausedAt(0);
    await site.ok('resume', 'shop');
    await pausedAt(1);
    const [clients, each] = [20, 100];
    const counts = await Promise.all(
      Array.from({ length: clients }, async () => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        const versions: string[] = [];
        for (let n = 0; n < each; n += 1) versions.push((await ask(url, { agent })).version);
        agent.destroy();
        return versions.filter((version) => version === 'v2').length;
      }),
    );
    const total = counts.reduce((sum, count) => sum + count, 0);
    const tries = clients * each;
    expect(Math.abs(total - tries * 0.3)).toBeLessThanOrEqual(fourSigma(tries, 0.3));
    for (const count of counts) {
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThan(each);
    }
  });
});

describe('what a service is told of its client', () => {
  /** Sends bytes over one connection as they are and answers what comes back until the server closes it. */
  function raw(address: string, text: string): Promise<string> {
    const { hostname, port } = new URL(address);
    return new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(Number(port), hostname, () => socket.write(text));
      socket.on('data', (data) => (answer += data.toString('latin1')));
      socket.on('end', () => {
        resolve(answer);
      });
      socket.on('error', reject);
    });
  }

  it('arrives in X-Forwarded fields, after what a proxy before us said, on each request of a connection', async () => {
    const address = await live({ traffic: '{ gateway: { host: shop.example.com } }' });
    const plain = 'GET /headers HTTP/1.1\r\nHost: shop.example.com\r\n\r\n';
    const proxied =
      'GET /headers HTTP/1.1\r\nHost: Shop.Example.COM:80\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n' +
      'X-Forwarded-Host: www.example.com\r\nConnection: close, X-Hop\r\nX-Hop: mine alone\r\n\r\n';
    const gateway = `http://127.0.0.1:${new URL(address).port}`;
    const bodies = (await raw(gateway, plain + proxied)).match(/\{[^}]*\}/g) ?? [];
    const [first, second] = bodies.map((body) => JSON.parse(body) as Record<string, string>);
    expect(first).toMatchObject({
      host: 'shop.example.com',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.example.com',
    });
    expect(second).toMatchObject({
      'x-forwarded-for': '203.0.113.7, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'www.example.com',
    });
    expect(second).not.toHaveProperty('x-hop');
    expect(
      await raw(
        gateway,
        plain.replace('shop.', 'other.').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
      ),
    ).toMatch(/^HTTP\/1\.1 404 /);
  });
});

async function curl(...args: readonly string[]): Promise<Buffer> {
  const options = { encoding: 'buffer', maxBuffer: 4 * MIB, timeout: 30_000 } as const;
  const run = promisify(execFile)('curl', ['-sS', '--fail', '--max-time', '20', ...args], options);
  return (await run).stdout;
}

describe('a whole promotion', () => {
  it('breaks no upload: a mebibyte streamed up and down at once comes back the same, to curl too', async () => {
    const url = await live();
    const file = path.join(site.dir, 'body');
    const content = randomBytes(MIB);
    await writeFile(file, content);
    const upload = ['--data-binary', `@${file}`, new URL('/echo', url).href];
    const seen: string[] = [];
    const problems: string[] = [];
    let isOver = false;
    const uploader = async (): Promise<void> => {
      while (!isOver) {
        const body = randomBytes(MIB);
        await post(url, body, 25).then(
          (answer) => {
            seen.push(answer.version);
            if (hashOf(answer.body) !== hashOf(body)) problems.push('another body came back');
          },
          (error: unknown) => problems.push(String(error)),
        );
      }
    };
    const uploaders = Array.from({ length: 6 }, uploader);
    await release('v2');
    const slow = [
      curl('--limit-rate', '250k', ...upload),
      curl('--limit-rate', '250k', '-H', 'Transfer-Encoding: chunked', ...upload),
    ];
    for (const step of [0, 1, 2]) {
      await pausedAt(step);
      await site.ok('resume', 'shop');
    }
    await promoted();
    for (const body of [...(await Promise.all(slow)), await curl(...upload)]) {
      expect(hashOf(body)).toBe(hashOf(content));
    }
    const after = seen.length;
    await until('uploads go on', () => Promise.resolve(seen.length >= after + 12));
    isOver = true;
    await Promise.all(uploaders);
    expect(problems).toEqual([]);
    expect(new Set(seen)).toEqual(new Set(['v1', 'v2']));
    expect(new Set(seen.slice(-6))).toEqual(new Set(['v2']));
  });

  it('lets long answers of the old version come to their end before its processes go', async () => {
    const artefact = await site.artefact({ version: 'v1' });
    const url = await live({
      workload: `{ process: { from: ${artefact}, command: [node, server.mjs], replicas: 2, ready: { http: /healthz, within: 5s }, stop: { drain: 60s } } }`,
    });
    const pids = (await view()).groups.flatMap((group) => group.instances.flatMap((one) => one.pid ?? []));
    const flag = path.join(site.dir, 'go');
    let ended = 0;
    const held = Array.from({ length: 10 }, () =>
      ask(new URL(`/hold?until=${encodeURIComponent(flag)}`, url).href).finally(() => (ended += 1)),
    );
    await release('v2');
    await pausedAt(0);
    await site.ok('promote', 'shop', '--full');
    await promoted();
    expect((await ask(url)).version).toBe('v2');
    await until('the old processes are on their way out', async () => {
      const instances = (await view()).groups.flatMap((group) => group.instances);
      return instances.filter((one) => pids.includes(one.pid ?? 0)).every((one) => one.state === 'stopping');
    });
    expect(ended).toBe(0);

    await writeFile(flag, '');
    for (const { status, version, body } of await Promise.all(held)) {
      expect([status, version]).toEqual([200, 'v1']);
      expect(body.toString()).toMatch(/^begin\.+end$/);
    }
    await until('the old processes are gone', async () => {
      const instances = (await view()).groups.flatMap((group) => group.instances);
      return instances.every((one) => !pids.includes(one.pid ?? 0));
    });
  });
});
