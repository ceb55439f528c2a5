import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../base/failure.ts';
import { createLog, silentLog, type LogFields } from './log.ts';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coalmine-log-'));
  path = join(directory, 'control.log');
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function lines(): Promise<readonly LogFields[]> {
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogFields);
}

async function written(fields: LogFields): Promise<LogFields> {
  (await createLog({ level: 'debug', destination: path })).info('it happened', fields);
  return (await lines()).at(-1) ?? {};
}

describe('a log', () => {
  it('is one object per line, written at once', async () => {
    const log = await createLog({ level: 'debug', destination: path });
    log.info('started', { rollout: 'shop', pids: [1, 2] });
    log.error('stopped');
    const [first, second] = await lines();
    expect(first).toMatchObject({
      level: 'info',
      message: 'started',
      control: process.pid,
      rollout: 'shop',
      pids: [1, 2],
    });
    expect(Number.isNaN(Date.parse(String(first?.['time'])))).toBe(false);
    expect(second).toMatchObject({ level: 'error', message: 'stopped' });
  });

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
  ] as const)('of level %s holds %s', async (level, expected) => {
    const log = await createLog({ level, destination: path });
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.error('d');
    expect((await lines()).map((line) => line['level'])).toEqual(expected);
  });

  it('is appended to, and is its owner’s alone', async () => {
    await written({});
    await written({});
    expect(await lines()).toHaveLength(2);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});

describe('secrets', () => {
  it.each([
    'token',
    'apiToken',
    'password',
    'passwd',
    'clientSecret',
    'Authorization',
    'set-cookie',
    'api_key',
    'apiKey',
    'privateKey',
    'env',
    'environment',
    'sessionId',
  ])('under the name %s are left out, at any depth', async (name) => {
    await written({ [name]: 'hush-1', nested: [{ inner: { [name]: { value: 'hush-2' } } }] });
    expect(await readFile(path, 'utf8')).not.toContain('hush');
  });

  it('are not looked for where they are not', async () => {
    const fields = { rollout: 'shop', envFiles: 2, monkey: 'b', nothing: null };
    expect(await written(fields)).toMatchObject(fields);
  });
});

describe('what is logged', () => {
  it('may be an error with its causes, of which only the description is kept', async () => {
    const cause = Object.assign(new Error('no space'), { code: 'ENOSPC', body: 'hush' });
    const line = await written({ error: new Failure('diskFull', 'nothing is saved', { cause }) });
    expect(line['error']).toMatchObject({
      code: 'diskFull',
      message: 'nothing is saved',
      cause: { code: 'ENOSPC', message: 'no space' },
    });
    expect(JSON.stringify(line)).not.toContain('hush');
  });

  it('may hold itself, or what JSON has no word for', async () => {
    const loop: Record<string, unknown> = { size: 10n, at: new Date(0), go: () => 1 };
    loop['self'] = loop;
    expect(await written(loop)).toMatchObject({ size: '10', at: '1970-01-01T00:00:00.000Z' });
  });
});

it('a destination that cannot be written ends nothing', async () => {
  const log = await createLog({ level: 'info', destination: '/dev/full' });
  log.info('lost');
  log.info('lost too');
});

it('a destination that cannot be opened is an error at once', async () => {
  await expect(createLog({ level: 'info', destination: join(directory, 'none', 'x') })).rejects.toThrow(
    'ENOENT',
  );
});

it('the silent log takes everything', () => {
  silentLog.debug('x');
  silentLog.info('x', {});
  silentLog.warn('x');
  silentLog.error('x', { error: new Error('x') });
});
