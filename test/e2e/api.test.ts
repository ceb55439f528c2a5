import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CALLER_RATE } from '../../src/api/rate-limit.ts';
import type { RevisionView } from '../../src/api/revision-views.ts';
import type { SystemView } from '../../src/api/resources.ts';
import { testTool } from '../test-tools.ts';
import { Site } from './site.ts';

/** So many requests for each operation, of valid and of invalid ones. */
const EXAMPLES = 5;
/** They end the server, or never end themselves. */
const LEFT_OUT = ['shutDown', 'logs', 'stream'];
/** A document can be refused for more than its schema says, as where two of its fields do not go together. */
const NOT_CHECKED = 'positive_data_acceptance';

const schemathesis = testTool('schemathesis');
let site: Site;

beforeEach(async () => {
  site = await Site.create();
  await site.declare({ version: 'v1' });
  await site.up('--api-port', '0');
  await site.ok('apply', '--wait', '--timeout', '60s');
});
afterEach(async () => {
  await site.destroy();
});

/** What names in addresses stand for. */
interface Fuzzed {
  readonly api: string;
  readonly secret: string;
  readonly rollout: string;
  readonly revision: string;
  readonly phases: string;
}

/** Sends requests made from the OpenAPI document, as it is served; answers what was found fault with. */
async function fuzz({ api, secret, rollout, revision, phases }: Fuzzed): Promise<string> {
  const config = path.join(site.dir, 'schemathesis.toml');
  await writeFile(
    config,
    [
      '[parameters]',
      `"path.name" = "${rollout}"`,
      '"path.number" = 1',
      `"path.id" = "${revision}"`,
      '[checks]',
      // Of what is too long for a request, the usual list of statuses has nothing.
      'negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 409, 413, 415, 422, 431]',
    ].join('\n'),
  );
  const options = [
    ...['--header', `Authorization: Bearer ${secret}`],
    ...LEFT_OUT.flatMap((id) => ['--exclude-operation-id', id]),
    ...['--exclude-checks', NOT_CHECKED, '--max-examples', String(EXAMPLES), '--request-timeout', '30'],
    // Names are given, so nothing that is made by one request is asked for by another.
    // As fast as one caller may ask.
    ...['--rate-limit', `${CALLER_RATE.perSecond}/s`],
    ...['--phases', phases, '--generation-deterministic', '--no-color'],
  ];
  const args = ['--config-file', config, 'run', `${api}/openapi.json`, ...options];
  return new Promise((resolve) => {
    execFile(schemathesis ?? '', args, { cwd: site.dir, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      resolve(error === null ? '' : `${stdout}${stderr}${error.message}`);
    });
  });
}

it.skipIf(schemathesis === undefined)(
  'whatever is sent over TCP is answered as the OpenAPI document says, never by a bug, and what ran goes on',
  async () => {
    const { api = '' } = await site.api<SystemView>('system');
    const { secret } = await site.json<{ secret: string }>('token', 'create', 'fuzz', '--role', 'admin');
    const [{ id: revision } = { id: '' }] = await site.api<RevisionView[]>('rollouts/shop/revisions');
    // What each field may be, to its limits, is asked where there is something to ask about.
    const named = { api, secret };
    expect(await fuzz({ ...named, rollout: 'nobody', revision: 'r1-none', phases: 'fuzzing' })).toBe('');
    expect(await fuzz({ ...named, rollout: 'shop', revision, phases: 'coverage,fuzzing' })).toBe('');
    expect(await readFile(path.join(site.dataDir, 'coalmine.log'), 'utf8').catch(() => '')).not.toContain(
      secret,
    );
    const system = await site.api<SystemView>('system');
    expect(system.problems).toEqual([]);
  },
  300_000,
);
