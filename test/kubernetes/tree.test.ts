import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ROLLOUTS } from '../../src/operator/objects.ts';
import { push, until } from '../../src/operator/testing/cluster.ts';
import { ADMIN_TOKEN, NOBODY_TOKEN } from './credentials.ts';
import { LiveOperator, soon } from './live-operator.ts';
import { sharedKubeconfig } from './shared-plane.ts';

const PAUSING = { canary: { steps: [{ replicas: 1 }, { pause: {} }] } };

describe.skipIf(sharedKubeconfig() === undefined)('coalmine get, on a cluster', () => {
  const live = LiveOperator.forTests();

  /** Watches until what was printed is as it should be, then interrupts. */
  async function watch(
    argv: readonly string[],
    isSo: (out: string) => boolean,
    isTerminal = false,
  ): Promise<string> {
    const interrupted = new AbortController();
    let out = '';
    const ended = live.run(argv, {
      interrupted: interrupted.signal,
      isTerminal,
      onOutput: (text) => {
        out += text;
      },
    });
    await until('it shows what there is', () => Promise.resolve(isSo(out)));
    interrupted.abort();
    expect((await ended).code).toBe(130);
    return out;
  }

  it('--watch shows tracks, ReplicaSets and pods as they change, once for each change', async () => {
    await live.declare(PAUSING);
    let isPushed = false;
    const out = await watch(['get', 'shop', '--watch'], (text) => {
      if (!isPushed && text.includes('2/2 ready')) {
        isPushed = true;
        void push(live.client, live.at, 'shop:v2');
      }
      return /canary [^\n]*\n[^\n]*1\/1 ready/.test(text);
    });
    const [first = '', ...more] = out.split('\n\n');
    expect(first).toMatch(/^shop {2}\w+/);
    expect(first).toMatch(/└─ stable {2}r1-\w+/);
    expect(first).toMatch(/└─ shop-\w+ {2}2\/2 ready\n {6}├─ shop-\w+-\w+ {2}ready\n {6}└─ shop-/);
    expect(new Set(more).size).toBe(more.length);
    const last = more.at(-1) ?? '';
    expect(last).toContain('release 1, step');
    expect(last).toMatch(/├─ stable {2}r1-\w+ {2}\d+%?/);
    await live.phaseIs('Paused');
    const [tree] = JSON.parse(
      (await watch(['get', '--watch', '-o', 'json'], (text) => text.includes('\n'))).split('\n')[0] ?? '',
    ) as readonly { tracks: readonly { track: string; sets: readonly { pods: readonly unknown[] }[] }[] }[];
    expect(tree?.tracks.map(({ track, sets }) => [track, sets[0]?.pods.length])).toEqual([
      ['stable', expect.any(Number)],
      ['canary', 1],
    ]);
    const drawn = await watch(['get', '-w'], (text) => text.includes('canary'), true);
    expect(drawn).toContain('\u001B[?25l');
    expect(drawn.endsWith('\u001B[?25h')).toBe(true);
  });

  it('--watch ends for who may not look, and names what was refused', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'coalmine-nobody-'));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    const known = await readFile(sharedKubeconfig() ?? '', 'utf8');
    await writeFile(join(dir, 'kubeconfig'), known.replace(ADMIN_TOKEN, NOBODY_TOKEN));
    const { code, err } = await live.run(['get', '--watch'], {}, join(dir, 'kubeconfig'));
    expect(code).toBe(8);
    expect(err).toMatch(/^error: [^\n]* is forbidden: User "nobody"[^\n]*\n$/);
  });

  it('-A lists Rollouts of all namespaces, counts what is ready, and one that is wrong hides no others', async () => {
    await live.declare(PAUSING);
    const wrong = { ...live.at, name: 'wrong' };
    const spec = { workload: { deployment: { name: 'shop' } }, strategy: { recreate: {} } };
    await live.client.create(ROLLOUTS, { metadata: wrong, spec }, soon());
    await until('it is refused', async () => (await live.coalmine('get', 'wrong')).out.includes('Degraded'));
    const { code, out, err } = await live.coalmine('get', '-A');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const row = (name: string) => out.split('\n').find((line) => line.includes(` ${name} `)) ?? '';
    expect(out).toMatch(/^NAMESPACE +NAME/);
    const own = out.split('\n').filter((line) => line.startsWith(live.namespace));
    expect(own).toHaveLength(2);
    expect(own.find((line) => line.includes(' shop '))).toMatch(/Healthy.* 2\/2 /);
    expect(row('wrong')).toContain('Degraded');
    expect((await live.coalmine('get', 'shop', '-A')).code).toBe(2);
  });
});
