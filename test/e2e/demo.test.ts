import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { Site } from './site.ts';

interface Result {
  readonly releases: readonly {
    readonly revision: string;
    readonly outcome: string;
    readonly reason: string;
    readonly seconds: number;
    readonly canaryRequests: number;
    readonly harmedRequests: number;
  }[];
  readonly clientErrorsOnStable: number;
}

async function demoDirectories(): Promise<number> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('coalmine-demo-')).length;
}

it('the demo promotes a good version, rolls a bad one back, and leaves nothing behind', async () => {
  const before = await demoDirectories();
  const site = await Site.create();
  try {
    const { releases, clientErrorsOnStable } = await site.json<Result>('demo');
    expect(releases.map((release) => release.outcome)).toEqual(['promoted', 'rolledBack']);
    const [good, bad] = releases;
    expect(good).toMatchObject({ harmedRequests: 0 });
    expect(good?.canaryRequests).toBeGreaterThan(0);
    expect(bad?.harmedRequests).toBeGreaterThan(0);
    expect(bad?.harmedRequests).toBeLessThanOrEqual(bad?.canaryRequests ?? 0);
    expect(bad?.reason).toMatch(/errors|latency/);
    expect(clientErrorsOnStable).toBe(0);
  } finally {
    await site.destroy();
  }
  expect(await demoDirectories()).toBe(before);
});

it('a bad version is found in the shadow, before any user meets it', async () => {
  const site = await Site.create();
  try {
    const { releases, clientErrorsOnStable } = await site.json<Result>(
      'demo',
      '--strategy',
      'shadow',
      '--bad',
    );
    expect(releases).toMatchObject([{ outcome: 'rolledBack', canaryRequests: 0, harmedRequests: 0 }]);
    expect(clientErrorsOnStable).toBe(0);
  } finally {
    await site.destroy();
  }
});

it('what is recreated is away for a moment, and the demo counts what that costs', async () => {
  const site = await Site.create();
  try {
    const { releases, clientErrorsOnStable } = await site.json<Result>('demo', '--strategy', 'recreate');
    expect(releases.map(({ outcome }) => outcome)).toEqual(['promoted']);
    expect(clientErrorsOnStable).toBeGreaterThan(0);
  } finally {
    await site.destroy();
  }
});

it('what visitors do not take to is served to them no longer once that is known, and is not promoted', async () => {
  const site = await Site.create();
  try {
    const { releases } = await site.json<Result>('demo', '--strategy', 'ab', '--bad');
    expect(releases).toMatchObject([{ outcome: 'completed', harmedRequests: 0 }]);
    expect(releases[0]?.reason).toMatch(/fewer users convert/);
  } finally {
    await site.destroy();
  }
});
