import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Site, until } from './site.ts';

let site: Site;
let server: Server | undefined;

beforeEach(async () => {
  site = await Site.create();
});

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  await site.destroy();
});

const BLUE_GREEN = { strategy: '{ blueGreen: { bake: 0s, keepStable: 0s } }', analysis: '' };

async function declared(differences: Readonly<Record<string, string>>): Promise<void> {
  await site.declare({ version: 'v1' }, { ...BLUE_GREEN, ...differences });
  await site.up();
  await site.ok('apply');
}

async function live(differences: Readonly<Record<string, string>>): Promise<void> {
  await declared(differences);
  await site.ok('wait', 'shop', '--timeout', '30s');
}

async function release(version: string): Promise<void> {
  await site.ok('release', 'shop', '--from', await site.artefact({ version }));
}

async function linesOf(file: string): Promise<readonly string[]> {
  const text = await readFile(path.join(site.dir, file), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

it('a hook runs once over a kill -9 of the control process, in its version, and fails the release when it fails', async () => {
  const ran = path.join(site.dir, 'ran');
  const go = path.join(site.dir, 'go');
  const script = path.join(site.dir, 'migrate.mjs');
  await writeFile(
    script,
    `import { appendFileSync, existsSync, readFileSync } from 'node:fs';
const { version } = JSON.parse(readFileSync('behaviour.json', 'utf8'));
appendFileSync(${JSON.stringify(ran)}, [version, process.env.COALMINE_HOOK, process.env.COALMINE_IDEMPOTENCY_KEY].join(' ') + '\\n');
if (version === 'v3') { console.log('no such table'); process.exit(4); }
if (version === 'v2') setInterval(() => { if (existsSync(${JSON.stringify(go)})) process.exit(0); }, 20);
`,
  );
  const hooks = `[{ name: migrate, at: beforeCandidate, command: [node, ${script}], timeout: 60s }, { name: told, at: onRollback, command: [node, -e, "require('fs').appendFileSync('${ran}', 'told ' + process.env.COALMINE_AT + '\\\\n')"] }]`;
  await live({ hooks });
  expect(await linesOf('ran')).toHaveLength(1);
  await release('v2');
  await until('the hook runs', async () => (await linesOf('ran')).length === 2);
  await site.killControl();
  await writeFile(go, '');
  await site.up();
  await site.ok('wait', 'shop', '--timeout', '30s');
  const lines = await linesOf('ran');
  expect(lines.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(['v1 migrate', 'v2 migrate']);
  expect(new Set(lines).size).toBe(2);

  await release('v3');
  expect((await site.run('wait', 'shop', '--timeout', '30s')).code).toBe(3);
  const [last] = await site.api<{ outcome: string; reason: string }[]>('rollouts/shop/releases');
  expect(last?.outcome).toBe('rolledBack');
  const output =
    /^hook migrate: ended with code 4; its output is in (.+)$/.exec(last?.reason ?? '')?.[1] ?? '';
  expect(await readFile(output, 'utf8')).toBe('no such table\n');
  expect((await site.ok('logs', 'shop', '--hook', 'migrate')).out).toBe('migrate #3  no such table\n');
  const { code, err } = await site.run('logs', 'shop', '--hook', 'migrations');
  expect([code, err]).toEqual([7, expect.stringContaining('hooks with output: migrate, told')]);
  await until('the hook after it has run', async () => (await linesOf('ran')).includes('told rolledBack'));
});

it('a webhook is asked until it says yes, whether it fails, hangs or answers no, with one key', async () => {
  const asked: { readonly key: string; readonly answer: 'hang up' | 'hang' | 503 | 200 }[] = [];
  let answer: (typeof asked)[number]['answer'] = 'hang up';
  server = createServer((request, response) => {
    asked.push({ key: String(request.headers['idempotency-key']), answer });
    if (answer === 'hang up') request.socket.destroy();
    else if (answer !== 'hang') response.writeHead(answer).end();
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await live({
    gates: `[{ name: probe, at: switch, webhook: { url: "http://127.0.0.1:${port}/may-i", every: 1s, within: 5m } }]`,
  });
  await release('v2');
  const message = async (): Promise<string> => (await site.api<{ message: string }>('rollouts/shop')).message;
  // Each is answered until it was seen.
  await until('it is asked again', () => Promise.resolve(asked.length > 1));
  answer = 503;
  await until('a no is told', async () => (await message()).includes('gate probe answered 503'));
  answer = 'hang';
  await until('silence is told', async () => (await message()).includes('gave no answer within 10s'));
  answer = 200;
  await site.ok('wait', 'shop', '--timeout', '30s');
  expect(asked.filter((one) => one.answer === 200)).toHaveLength(1);
  expect(new Set(asked.map(({ key }) => key)).size).toBe(1);
});

it('a release waits for another Rollout', async () => {
  await declared({ gates: '[{ name: after, at: start, rollout: { name: base, phase: Healthy } }]' });
  await until('it waits', async () => {
    const { phase, message } = await site.api<{ phase: string; message: string }>('rollouts/shop');
    return phase === 'Waiting' && message === 'gate after waits for base: there is none';
  });
  const file = path.join(site.dir, 'coalmine.yaml');
  const base = (await readFile(file, 'utf8'))
    .replace('name: shop', 'name: base')
    .replace(/ {2}gates:.*\n/, '')
    .replace('gateway: {}', 'gateway: { path: /base }');
  await writeFile(path.join(site.dir, 'base.yaml'), base);
  await site.ok('-f', 'base.yaml', 'apply', '--wait', '--timeout', '30s');
  await site.ok('wait', 'shop', '--timeout', '30s');
});
