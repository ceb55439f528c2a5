import { cp, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLoad } from '../../src/cli/demo/load.ts';
import { Site, until } from './site.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));

let site: Site;

beforeEach(async () => {
  site = await Site.create();
});

afterEach(async () => {
  await site.destroy();
});

/** Copies an example, so that its directory stays as it is, and starts it. */
async function start(example: string, name: string): Promise<void> {
  await cp(path.join(EXAMPLES, example), site.dir, { recursive: true });
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '30s');
  expect((await site.json<{ phase: string }>('get', name)).phase).toBe('Healthy');
}

describe('the examples', () => {
  it('are all told of here', async () => {
    expect((await readdir(EXAMPLES)).sort()).toEqual(['web-service', 'worker']);
  });

  it('web-service serves, and releases a new version', async () => {
    await start('web-service', 'hello');
    const { address } = await site.json<{ address: string }>('get', 'hello');
    expect(await (await fetch(address)).text()).toBe('hello from version 1\n');
    const load = startLoad(address, 200);
    try {
      await site.ok('release', 'hello', '--set', 'workload.process.env.VERSION=2');
      await until('the canary is judged', async () => {
        const { release } = await site.json<{ release?: { stage: string } }>('get', 'hello');
        return release?.stage === 'wait';
      });
      await site.ok('promote', 'hello', '--full');
      await site.ok('wait', 'hello', '--timeout', '30s');
    } finally {
      await load.stop();
    }
    expect(await (await fetch(address)).text()).toBe('hello from version 2\n');
  });

  it('worker stops before its next version starts, and logs', async () => {
    await start('worker', 'worker');
    const ran = await site.run(
      'release',
      'worker',
      '--set',
      'workload.process.env.VERSION=2',
      '--wait',
      '--timeout',
      '60s',
    );
    expect(ran.code, ran.err).toBe(0);
    await until('the new version has written', async () => {
      return (await site.ok('logs', 'worker')).out.includes('working, version 2');
    });
  });
});
