import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLoad, type Load } from '../../src/cli/demo/load.ts';
import { linesOf } from '../../src/client/lines.ts';
import { Site, type Ran } from './site.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

interface Answer {
  readonly ticks: number;
  readonly verdict: string;
  readonly recomputed: { readonly same: boolean; readonly course: { readonly judgement: object } };
  readonly recorded: { readonly stopped?: { readonly tick: number } };
  readonly with: {
    readonly stopped?: { readonly tick: number };
    readonly served: { readonly errors: number };
  };
}

describe('analyze', () => {
  let site: Site;
  let load: Load | undefined;

  beforeEach(async () => {
    site = await Site.create();
  });

  afterEach(async () => {
    await load?.stop();
    load = undefined;
    await site.destroy();
  });

  async function analyze(...args: readonly string[]): Promise<Ran & { readonly answer: Answer }> {
    const ran = await site.run('analyze', ...args, '--output', 'json');
    if (ran.out === '') throw new Error(`coalmine analyze ${args.join(' ')}: exit ${ran.code}\n${ran.err}`);
    return { ...ran, answer: JSON.parse(ran.out) as Answer };
  }

  /** What history keeps of the newest release. */
  async function last(): Promise<{ readonly outcome: string; readonly judgement?: object }> {
    const [newest] = await site.api<{ outcome: string; judgement?: object }[]>('rollouts/shop/releases');
    if (newest === undefined) throw new Error(`no release ended\n${await site.logs()}`);
    return newest;
  }

  async function release(version: string, errorRatio: number): Promise<number> {
    const from = await site.artefact({ version, errorRatio });
    return (await site.run('release', 'shop', '--from', from, '--wait', '--timeout', '90s')).code;
  }

  it('judges real releases again from what is stored, the same at every tick', async () => {
    await site.declare({ version: 'v1' });
    await site.up();
    await site.ok('apply', '--wait', '--timeout', '30s');
    load = startLoad(await site.address(), 200);
    expect((await site.run('analyze', 'shop')).err).toContain('nothing was judged in release 1 of shop');

    expect(await release('v2', 0)).toBe(0);
    const good = await analyze('shop');
    expect(good.answer.recomputed.same, good.out).toBe(true);
    expect(good.answer.recomputed.course.judgement).toEqual((await last()).judgement);
    expect(good.code).toBe(0);

    expect(await release('v3', 0.3)).toBe(3);
    const bad = await analyze('shop', '--export', 'release.json');
    expect([bad.code, bad.answer.verdict, bad.answer.recomputed.same], bad.out).toEqual([3, 'bad', true]);
    expect(bad.answer.recomputed.course.judgement).toEqual((await last()).judgement);
    expect(bad.answer.recorded.stopped?.tick).toBe(bad.answer.ticks);
    // The earlier one is there as well, and without a coalmine the exported one.
    expect((await analyze('shop', '2')).answer).toEqual(good.answer);
    await site.ok('down', '--yes');
    expect((await analyze('--replay', 'release.json')).answer).toEqual(bad.answer);
    await withAnotherPolicy(bad.answer);
  });

  async function withAnotherPolicy(own: Answer): Promise<void> {
    const declared = await readFile(path.join(site.dir, 'coalmine.yaml'), 'utf8');
    const analysis = '  analysis: { warmUp: 0s, checks: [{ name: any, errors: {}, max: 0%, every: 1s }] }';
    await writeFile(path.join(site.dir, 'hasty.yaml'), declared.replace(/^ {2}analysis: .*$/m, analysis));
    const { answer, code } = await analyze('--replay', 'release.json', '--with', 'hasty.yaml');
    expect(code).toBe(3);
    expect(answer.with.stopped?.tick).toBeLessThanOrEqual(own.ticks);
    expect(answer.with.served.errors).toBeGreaterThan(0);
  }

  it('answers lines as a process: each before the next is sent', async () => {
    const child = spawn(process.execPath, [CLI, 'analyze', '--stdin'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const answers = linesOf(child.stdout)[Symbol.asyncIterator]();
    for (const [id, level] of [10, 20, 10].entries()) {
      const question = {
        id,
        judge: 'score',
        control: [10, 11, 12, 13],
        candidate: [level, level + 1, level + 2, level + 3],
      };
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value } = (await answers.next()) as { value: string };
      expect(JSON.parse(value)).toMatchObject({ id, label: level === 20 ? 'High' : 'Pass' });
    }
    child.stdin.end('{\n');
    expect(JSON.parse(((await answers.next()) as { value: string }).value)).toMatchObject({ line: 4 });
    expect(await ended).toBe(3);
  });
});
