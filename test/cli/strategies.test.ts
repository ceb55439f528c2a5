import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from './harness.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.destroy();
});

const SHOP = `
metadata: { name: shop }
spec:
  workload: { process: { from: ./dist, command: [node, server.js], replicas: 4 } }
  traffic: { gateway: {} }
  strategy: { recreate: {} }
`;

describe('strategies', () => {
  it('are explained without a file, and without a running coalmine', async () => {
    const { code, out } = await bench.run(['strategies']);
    expect(code).toBe(0);
    for (const word of ['recreate', 'ramped', 'blueGreen', 'canary', 'ab', 'shadow'])
      expect(out).toMatch(new RegExp(`^${word}`, 'm'));
    expect(out).toContain('way back  the same again, with the same gap');
  });

  it('are weighed for the Rollout of a file', async () => {
    await writeFile(join(bench.dir, 'shop.yaml'), SHOP);
    const { code, out } = await bench.run(['strategies', 'shop.yaml']);
    expect(code).toBe(0);
    const [title, , ...rows] = out.split('\n');
    expect(title).toBe('shop');
    expect(rows.find((row) => row.startsWith('recreate (chosen)'))).toContain('it has a gap');
    expect(rows.find((row) => row.startsWith('blueGreen'))).toMatch(/best +8 +up to 10m/);
  });

  it('are data for programs', async () => {
    await writeFile(join(bench.dir, 'shop.yaml'), SHOP);
    const { out } = await bench.run(['strategies', '-f', 'shop.yaml', '--output', 'json']);
    const [shop] = JSON.parse(out) as { name: string; advice: { strategy: string; peak?: number }[] }[];
    expect(shop?.advice.find(({ strategy }) => strategy === 'ramped')?.peak).toBe(5);
  });

  it('are not weighed for a file that is wrong', async () => {
    await writeFile(join(bench.dir, 'shop.yaml'), SHOP.replace('recreate', 'recreat'));
    const { code, err } = await bench.run(['strategies', 'shop.yaml']);
    expect([code, err]).toEqual([2, expect.stringContaining('did you mean recreate?')]);
  });
});
