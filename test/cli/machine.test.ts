import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { declareAfterStart } from '../../src/cli/declaring.ts';
import { systemLines } from '../../src/cli/output/system.ts';
import { Session } from '../../src/cli/session.ts';
import { SYSTEM } from './fake.ts';
import { Bench } from './harness.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.destroy();
});

describe('doctor', () => {
  it('works without a server, and says what to do', async () => {
    const { out, code } = await bench.run(['doctor']);
    expect(code).toBe(0);
    expect(out).toMatch(/warn {2}control +coalmine is not running here\n +Start it with "coalmine up"/);
    expect(out).toMatch(/ok {4}data directory/);
  });

  it('exits 1 when something is broken', async () => {
    await writeFile(join(bench.dir, 'file'), '');
    const { out, code } = await bench.run(['doctor', '--data-dir', 'file/data']);
    expect(code).toBe(1);
    expect(out).toMatch(/fail {2}data directory/);
  });

  it('looks at the port that the last start had', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await mkdir(bench.dataDir);
    const remembered = join(bench.dataDir, 'listening.json');
    await writeFile(remembered, JSON.stringify({ format: 1, up: ['--gateway-port', String(port)] }));
    expect((await bench.run(['doctor'])).out).toMatch(new RegExp(`warn {2}gateway port +.*:${port}\n`));
    taken.close();
    await writeFile(remembered, '');
    const { out, code } = await bench.run(['doctor']);
    expect([out, code]).toEqual([expect.stringMatching(/fail {2}gateway port .*damaged/), 1]);
  });

  it('looks at the gateway of a running one', async () => {
    // Nobody listens there.
    const gateway = { pid: 4243, addresses: ['http://127.0.0.1:1'], metrics: 'http://127.0.0.1:1/metrics' };
    await bench.serve({ system: () => Promise.resolve({ ...SYSTEM, gateway }) });
    const { out, code } = await bench.run(['doctor', '--output', 'json']);
    const findings = JSON.parse(out) as { what: string; state: string }[];
    expect(findings.find(({ what }) => what === 'gateway')?.state).toBe('fail');
    expect(findings.find(({ what }) => what === 'control')?.state).toBe('ok');
    expect(code).toBe(1);
  });
});

describe('up and down', () => {
  it('refuses a second up, naming the process', async () => {
    await bench.serve();
    for (const argv of [['up'], ['up', '--detach']]) {
      const ran = await bench.run(argv);
      expect(ran.code).toBe(6);
      expect(ran.err).toContain('process 4242');
    }
  });

  it('refuses to guess where the last start listened, and starts nothing', async () => {
    await mkdir(bench.dataDir);
    await writeFile(join(bench.dataDir, 'listening.json'), '{');
    for (const argv of [
      ['up'],
      ['up', '--detach', '--gateway-port', '0'],
      ['service', 'install', '--print'],
    ]) {
      const ran = await bench.run([...argv, '--output', 'json']);
      expect(ran).toMatchObject({ code: 1, out: '' });
      expect(JSON.parse(ran.err)).toMatchObject({ type: 'storeUnusable' });
    }
  });

  it('checks named files before anything is started', async () => {
    await writeFile(join(bench.dir, 'broken.yaml'), 'spec: 1');
    expect((await bench.run(['up', 'broken.yaml'])).code).toBe(2);
  });

  it.each<[string, string | undefined, string]>([
    ['nothing is declared', undefined, 'coalmine init, then coalmine apply'],
    ['the file here is wrong', 'spec: 1', 'mend DIR/coalmine.yaml, then coalmine apply'],
  ])('tells who has started what is next when %s', async (_, text, next) => {
    await bench.serve({ list: () => Promise.resolve([]) });
    if (text !== undefined) await writeFile(join(bench.dir, 'coalmine.yaml'), text);
    const session = new Session(bench.io(), { output: 'table', color: false });
    const declared = await declareAfterStart(session, []);
    const lines = systemLines({ system: SYSTEM, ...declared });
    expect(lines.at(-1)).toBe(`next     ${next.replace('DIR', bench.dir)}`);
  });

  it.each([
    [['down', '--yes'], true],
    [['down', '--keep-serving'], false],
  ])('%j stops, with everything: %s', async (argv, everything) => {
    const gone = { ...(await bench.serve().then(async (fake) => fake.system())), pid: 2 ** 22 + 1 };
    await bench.stop();
    const fake = await bench.serve({ system: () => Promise.resolve(gone) });
    expect((await bench.run(argv)).code).toBe(0);
    expect(fake.calls).toContainEqual(['shutDown', everything]);
  });

  it('exits 5 when there is nothing to stop, and stops nothing when a person says no', async () => {
    expect((await bench.run(['down'])).code).toBe(5);
    const fake = await bench.serve();
    expect((await bench.run(['down'], { types: '' })).code).toBe(0);
    expect(fake.calls.map(([name]) => name)).not.toContain('shutDown');
  });
});
