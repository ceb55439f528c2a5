import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { Bench } from './harness.ts';
import { aView } from './views.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.destroy();
});

async function after(...words: readonly string[]): Promise<readonly string[]> {
  const { out, err, code } = await bench.run(['complete', '--', ...words]);
  expect({ err, code }).toEqual({ err: '', code: 0 });
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t')[0] ?? '');
}

describe('completion', () => {
  it('offers commands, and those within commands', async () => {
    expect(await after('re')).toEqual(['release', 'resume', 'retry', 'restart', 'report']);
    expect(await after('service', '')).toEqual(['install', 'uninstall', 'status']);
    // What only scripts ask is not offered.
    expect(await after('comp')).toEqual(['completion']);
  });

  it('offers options of the command and of every command, with what they mean', async () => {
    const offered = await after('release', 'shop', '--');
    expect(offered).toContain('--from');
    expect(offered).toContain('--data-dir');
    expect(await after('up', '--back')).toEqual([]);
    expect((await bench.run(['complete', '--', 'release', '--insi'])).out).toBe(
      '--insist\trelease it although it was rejected before\n',
    );
  });

  it('offers the choices of an option and of an operand', async () => {
    expect(await after('get', '--output', '')).toEqual(['table', 'json', 'yaml']);
    expect(await after('get', '-o', 'j')).toEqual(['json']);
    expect(await after('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  it('offers the Rollouts there are', async () => {
    await bench.serve({ list: () => Promise.resolve([aView(), aView({ name: 'mail' })]) });
    expect(await after('release', '')).toEqual(['mail', 'shop']);
    expect(await after('release', 's')).toEqual(['shop']);
    expect(await after('release', '--set', 'a=b', 's')).toEqual(['shop']);
    expect(await after('release', 'shop', '')).toEqual([]);
    expect(await after('--data-dir', 'elsewhere', 'release', '')).toEqual([]);
    expect(await after('exec', 'shop', '--', '')).toEqual([]);
  });

  it('offers nothing where a file comes, or nobody answers', async () => {
    expect(await after('apply', '')).toEqual([]);
    expect(await after('release', 'shop', '--from', '')).toEqual([]);
    expect(await after('release', '')).toEqual([]);
    await bench.serve({ list: () => Promise.reject(new Failure('storeUnusable', 'broken')) });
    expect(await after('release', '')).toEqual([]);
  });

  it('knows its shells', async () => {
    expect((await bench.run(['completion', 'bash'])).out).toContain('complete -o default');
    expect((await bench.run(['completion', 'tcsh'])).code).toBe(2);
  });
});
