import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { serveDashboard } from './dashboard.ts';
import { secureAnswers } from './security-headers.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coalmine-web-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const PAGE = '<!doctype html><meta name="coalmine-served-by" content="machine" /><title>coalmine</title>';

async function built(): Promise<void> {
  await mkdir(join(directory, 'assets'));
  await writeFile(join(directory, 'index.html'), PAGE);
  await writeFile(join(directory, 'assets/index-Ab12.js'), 'start()');
  await writeFile(join(directory, 'assets/secret.txt'), 'not for pages');
  await writeFile(join(directory, 'outside.js'), 'outside');
}

async function answerAt(path: string, servedBy: 'machine' | 'cluster' = 'machine'): Promise<Response> {
  const app = new Hono();
  secureAnswers(app);
  serveDashboard(app, { directory, servedBy });
  return app.request(path);
}

it.each(['/', '/rollouts/shop', '/rollouts/a%2Fb'])(
  'answers %s with the page, asked for each time',
  async (path) => {
    await built();
    const answer = await answerAt(path);
    expect(await answer.text()).toContain('<title>coalmine</title>');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  },
);

it('tells the page what it is served by', async () => {
  await built();
  expect(await (await answerAt('/')).text()).toContain('"coalmine-served-by" content="machine"');
  expect(await (await answerAt('/', 'cluster')).text()).toContain('"coalmine-served-by" content="cluster"');
});

it('lets a page load from its own server alone, and nothing that stands in it', async () => {
  await built();
  const policy = (await answerAt('/')).headers.get('content-security-policy') ?? '';
  expect(policy.split('; ')).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "frame-ancestors 'none'",
    ]),
  );
  expect(policy).not.toMatch(/unsafe|\*|http/);
});

it('lets a file that is named after what is in it be kept for ever', async () => {
  await built();
  const answer = await answerAt('/assets/index-Ab12.js');
  expect(await answer.text()).toBe('start()');
  expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
});

it.each([
  '/assets/other.js',
  '/assets/secret.txt',
  '/assets/..%2Foutside.js',
  '/assets/%2e%2e%2foutside.js',
  '/outside.js',
  '/assets/',
  '/somewhere',
])('has nothing at %s', async (path) => {
  await built();
  expect((await answerAt(path)).status).toBe(404);
});

it('has nothing where nothing was built', async () => {
  expect((await answerAt('/')).status).toBe(404);
  expect((await answerAt('/assets/index-Ab12.js')).status).toBe(404);
});
