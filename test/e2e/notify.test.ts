import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startLoad, type Load } from '../../src/cli/demo/load.ts';
import { Site, until } from './site.ts';

/** What a listener is told. */
interface Told {
  readonly key: string;
  readonly moment: string;
  readonly release: number;
  readonly text: string;
  readonly served: { readonly requests: number };
}

const KEY = `whsec_${randomBytes(32).toString('base64')}`;

let site: Site;
let server: Server;
let load: Load | undefined;
let told: Told[];
/** What the listener answers; undefined: nothing. */
let answers: () => number | undefined;

beforeEach(async () => {
  site = await Site.create();
  told = [];
  answers = () => 204;
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
      told.push(new Webhook(KEY).verify(body, headers) as Told);
      const status = answers();
      if (status !== undefined) response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await load?.stop();
  load = undefined;
  server.closeAllConnections();
  server.close();
  await site.destroy();
});

/** A site whose first version is live, with a listener on a secret address. */
async function live(differences: Readonly<Record<string, string>> = {}): Promise<void> {
  const { port } = server.address() as AddressInfo;
  await writeFile(path.join(site.dir, 'key'), `${KEY}\n`);
  await writeFile(path.join(site.dir, 'url'), `http://127.0.0.1:${port}/very-secret-part\n`);
  const on = '[started, paused, waiting, promoted, rolledBack, aborted, failed, completed]';
  const webhook = '{ urlFrom: { file: url }, sign: { secret: { file: key } } }';
  await site.declare(
    { version: 'v1' },
    { notify: `[{ name: team, on: ${on}, webhook: ${webhook} }]`, ...differences },
  );
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '30s');
}

const heard = (): readonly string[] => told.map(({ release, moment }) => `${release} ${moment}`);

it('a canary that is promoted and one that is rolled back are told each once, in their order', async () => {
  await live();
  load = startLoad(await site.address(), 200);
  expect((await site.release({ version: 'v2' })).outcome).toBe('promoted');
  expect((await site.release({ version: 'v3', errorRatio: 0.3 })).outcome).toBe('rolledBack');
  await until('the last is told', () => Promise.resolve(told.length >= 6));
  expect(heard()).toEqual([
    '1 started',
    '1 promoted',
    '2 started',
    '2 promoted',
    '3 started',
    '3 rolledBack',
  ]);
  expect(new Set(told.map(({ key }) => key)).size).toBe(6);
  expect(told[5]?.text).toMatch(/verdict: bad\nerrors: bad, .+\n(.+\n)?the candidate served \d+ requests/);
  expect(told[5]?.served.requests).toBeGreaterThan(0);
  const tried = await site.ok('notify', 'test', 'shop', '--channel', 'team');
  expect(tried.out).toBe('team (webhook) was told: answered 204\n');
  expect((await site.run('notify', 'test', 'shop', '--channel', 'nobody')).code).toBe(7);
});

it('what could not be told before a kill -9 is told after it, with the same key, and then never again', async () => {
  await live({ strategy: '{ blueGreen: { bake: 0s, keepStable: 0s } }', analysis: '' });
  await until('the first is told', () => Promise.resolve(told.length === 2));
  answers = () => 500;
  await site.ok('release', 'shop', '--from', await site.artefact({ version: 'v2' }));
  await site.ok('wait', 'shop', '--timeout', '30s');
  const untold = async (): Promise<string> => (await site.ok('describe', 'shop')).out;
  await until('that it cannot be told is shown', async () =>
    (await untold()).includes('team, of release 2 started since'),
  );
  const { out } = await site.ok('events', 'shop');
  expect(out.match(/team is not told yet: answered 500; it is tried again \(started\)/g)).toHaveLength(1);
  expect(`${out}${await untold()}${await site.logs()}`).not.toContain('very-secret-part');
  const key = told.at(-1)?.key;
  await site.killControl();
  // The answer to what is sent now is lost with its process.
  answers = () => undefined;
  const before = told.length;
  await site.up();
  await until('it is sent again', () => Promise.resolve(told.length > before));
  await site.killControl();
  answers = () => 204;
  const lost = told.length;
  await site.up();
  await until('both are told', () => Promise.resolve(heard().at(-1) === '2 promoted'));
  expect(told[lost]?.key).toBe(key);
  await until('nothing is left to be told', async () => !(await untold()).includes('not told'));
  const all = told.length;
  await site.killControl();
  await site.up();
  await site.ok('notify', 'test', 'shop');
  expect(told).toHaveLength(all + 1);
  expect(heard().slice(lost, all)).toEqual(['2 started', '2 promoted']);
});
