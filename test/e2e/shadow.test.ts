import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReportView } from '../../src/report/report.ts';
import { Crowd } from './crowd.ts';
import { Site } from './site.ts';

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

describe('a shadow under users who read and write', () => {
  it(
    'completes or is rolled back, whatever it answers, and nobody notices',
    { timeout: 180_000 },
    async () => {
      await site.declare(
        { version: 'v1' },
        {
          traffic: '{ gateway: { timeout: 2s } }',
          strategy: '{ shadow: { share: 60%, until: { requests: 300, atMost: 60s }, compare: {} } }',
          analysis: '{ warmUp: 0s }',
        },
      );
      await site.up();
      await site.ok('apply', '--wait', '--timeout', '30s');
      crowd = new Crowd(await site.address(), 20);
      crowd.arrive(40);
      expect(await site.release({ version: 'v2' })).toMatchObject({ outcome: 'completed' });
      expect(await site.release({ version: 'v3', garbage: true })).toMatchObject({
        outcome: 'rolledBack',
        reason: expect.stringContaining('answers') as string,
      });
      expect(await site.release({ version: 'v4', hangs: true })).toMatchObject({ outcome: 'rolledBack' });
      expect(await site.release({ version: 'v5', crashAfterMs: 400 })).toMatchObject({
        outcome: 'rolledBack',
      });
      await crowd.round();
      expect(crowd.failures()).toEqual([]);
      expect(new Set(crowd.users.flatMap(({ path }) => path))).toEqual(new Set(['v1']));
      const { out } = await site.ok('describe', 'shop');
      expect(out).toMatch(/GET \/ +no answer/);
      // Its report tells what users would have seen, and that they did not.
      const report = JSON.parse(
        (await site.ok('report', 'shop', '--release', '3', '--json', '-')).out,
      ) as ReportView;
      expect(report.release).toMatchObject({ number: 3, outcome: 'rolledBack' });
      expect(report.kept?.differences?.some(({ count }) => count > 0)).toBe(true);
      expect(report.steps.some(({ copies = 0 }) => copies > 0)).toBe(true);
    },
  );
});
