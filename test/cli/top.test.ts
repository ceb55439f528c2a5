import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { sorted, topRow, topTable } from '../../src/cli/output/top.ts';
import { createPaint } from '../../src/cli/output/paint.ts';
import { Bench } from './harness.ts';
import { aReleasingView, aView } from './views.ts';

const paint = createPaint(false);

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.destroy();
});

describe('a row of top', () => {
  it('adds up tracks and processes, and shows the slowest', () => {
    const view = aReleasingView();
    const [group] = view.groups;
    const instances = (group?.instances ?? []).map((one, index) => ({
      ...one,
      rssBytes: 1024 ** 2 * (index + 1),
      ...(index === 0 ? { cores: 0.25 } : {}),
    }));
    const row = topRow({ ...view, groups: [{ ...(group ?? view.groups[1]!), instances }] });
    expect(row).toMatchObject({ name: 'shop', phase: 'Progressing', split: 'stable 95%, canary 5%' });
    expect(row.step).toMatch(/^1\//);
    expect(row.requestsPerSecond).toBeCloseTo(200.2);
    expect(row.errorRatio).toBeCloseTo((190 * 0.001 + 10.2 * 0.05) / 200.2);
    expect(row).toMatchObject({ p50Ms: 26, p99Ms: 61, cores: 0.25 });
    expect(row.rssBytes).toBe((1024 ** 2 * (instances.length * (instances.length + 1))) / 2);
  });

  it('shows a dash for what is not known', () => {
    const { route: _, ...worker } = aView({ rates: [], groups: [] });
    const row = topRow(worker);
    expect(row).toMatchObject({ errorRatio: undefined, p99Ms: undefined, cores: undefined, split: '' });
    expect(topTable([row], paint)[1]).toMatch(/^shop +Healthy +- +- +0\.0 +- +- +- +0\/0 +- +-$/);
  });
});

it('rows are sorted by a column, the largest on top, equal ones by name', () => {
  const row = topRow(aView());
  const rows = [
    { ...row, name: 'b', cores: 0.5 },
    { ...row, name: 'a', cores: undefined },
    { ...row, name: 'c', cores: 2 },
    { ...row, name: 'd', cores: 0.5 },
  ];
  const names = (sort: 'cpu' | 'name'): string =>
    sorted(rows, sort)
      .map(({ name }) => name)
      .join('');
  expect(names('cpu')).toBe('cbda');
  expect(names('name')).toBe('abcd');
});

describe('top', () => {
  it('prints one table for pipes, and values for programs', async () => {
    await bench.serve();
    const { out, code } = await bench.run(['top']);
    expect(code).toBe(0);
    expect(out).toMatch(/^NAME +PHASE .*\nshop +Healthy +- +stable 100% +190\.0 +0\.1% +20 ms +45 ms/);
    const rows = JSON.parse((await bench.run(['top', '--once', '-o', 'json'])).out) as unknown;
    expect(rows).toMatchObject([{ name: 'shop', requestsPerSecond: 190 }]);
    expect((await bench.run(['top', '--sort', 'colour'])).code).toBe(2);
  });

  it('draws in place, sorts by keys, lives through a restart, and ends with q', async () => {
    let lists = 0;
    await bench.serve({
      list: () => {
        lists += 1;
        if (lists === 2) return Promise.reject(new Failure('unreachable', 'coalmine is not running'));
        return Promise.resolve([aView({ name: 'quiet', rates: [] }), aView({ name: 'zoo' })]);
      },
    });
    let drawn = '';
    let press: (key: string) => void = () => undefined;
    const pressed = (): Promise<string> => new Promise((resolve) => (press = resolve));
    async function* keys(): AsyncIterable<string> {
      for (let key = await pressed(); ; key = await pressed()) {
        yield key;
        if (key.endsWith('q')) return;
      }
    }
    const ran = bench.run(['top', '--every', '10ms'], {
      isTerminal: true,
      keys: keys(),
      onOutput: (text) => {
        if (text.includes('NAME')) drawn = text;
        if (text.includes('not running')) press('xr');
        // Sorted by requests, after the key.
        if (/zoo[^]*quiet/.test(text) && lists > 2) press('q');
      },
    });
    expect((await ran).code).toBe(0);
    expect(drawn).toMatch(/zoo[^]*quiet/);
    expect(drawn).toContain('q end');
    // The cursor is shown again.
    expect((await ran).out.endsWith('\u001B[?25h')).toBe(true);
  });

  it('ends with Ctrl-C, and when there is nobody', async () => {
    expect((await bench.run(['top'])).code).toBe(5);
    await bench.serve();
    const end = new AbortController();
    const ran = await bench.run(['top'], {
      isTerminal: true,
      interrupted: end.signal,
      onOutput: () => {
        end.abort();
      },
    });
    expect(ran.code).toBe(130);
  });
});
