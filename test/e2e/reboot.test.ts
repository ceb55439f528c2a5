import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask } from './crowd.ts';
import { Site, until } from './site.ts';

interface View {
  readonly stable?: string;
  readonly release?: {
    readonly number: number;
    readonly step: number;
    readonly stage: string;
    readonly served: { readonly requests: number };
  };
  readonly groups: readonly { readonly instances: readonly { readonly pid?: number }[] }[];
}

interface Ended {
  readonly number: number;
  readonly outcome: string;
  readonly served: { readonly requests: number };
}

interface SavedProcess {
  readonly file: string;
  readonly record: { readonly process: { readonly pid: number; readonly startTime: string } };
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT', 'SIGPIPE'];

let site: Site;
let decoys: Decoy[];

beforeEach(async () => {
  site = await Site.create();
  decoys = [];
});

afterEach(async () => {
  for (const decoy of decoys) decoy.end();
  await site.destroy();
});

/** A program that has nothing to do with coalmine, in a group of its own, and says which signals it got. */
class Decoy {
  readonly #child: ChildProcess;
  #said = '';

  constructor() {
    const script = `for (const s of ${JSON.stringify(SIGNALS)}) process.on(s, () => console.log(s));
      setInterval(() => undefined, 1000); console.log('here');`;
    this.#child = spawn(process.execPath, ['-e', script], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child.stdout?.on('data', (data: Buffer) => (this.#said += data.toString()));
    this.#child.once('exit', (code, signal) => (this.#said += `ended: ${signal ?? code}\n`));
    decoys.push(this);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get said(): string {
    return this.#said;
  }

  get startTime(): string {
    const text = execFileSync('cat', [`/proc/${this.pid}/stat`], { encoding: 'utf8' });
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}

async function live(differences: Readonly<Record<string, string>> = {}, startMs = 0): Promise<string> {
  await site.declare({ version: 'v1', startMs }, differences);
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '30s');
  return site.address();
}

function view(): Promise<View> {
  return site.api<View>('rollouts/shop');
}

async function savedProcesses(): Promise<readonly SavedProcess[]> {
  const directory = path.join(site.dataDir, 'run', 'instances');
  const files = (await readdir(directory)).filter((name) => name.endsWith('.json'));
  return Promise.all(
    files.map(async (name) => {
      const file = path.join(directory, name);
      return { file, record: JSON.parse(await readFile(file, 'utf8')) as SavedProcess['record'] };
    }),
  );
}

/** The gateway's processes: the master first, then its workers. */
async function gatewayPids(): Promise<readonly number[]> {
  const { gateway } = await site.api<{ gateway: { pid: number } }>('system');
  const rows = execFileSync('ps', ['-o', 'pid=', '--ppid', String(gateway.pid)], { encoding: 'utf8' });
  return [gateway.pid, ...rows.trim().split(/\s+/).map(Number)];
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z');
  } catch {
    return true;
  }
}

/** kill -9 of all there is, as a power cut does. */
async function killEverything(): Promise<void> {
  const gateway = await gatewayPids();
  const instances = (await savedProcesses()).map(({ record }) => record.process.pid);
  const gone = site.killControl();
  for (const pid of [...gateway, ...instances]) process.kill(pid, 'SIGKILL');
  await gone;
  await until('everything is gone', () => Promise.resolve([...gateway, ...instances].every(isGone)));
}

/** Who answers, one after the other, errors left out. */
function visitors(url: string): { readonly seen: string[]; stop(): Promise<void> } {
  const seen: string[] = [];
  let isOver = false;
  const visit = async (): Promise<void> => {
    while (!isOver) {
      const version = await ask(url).then(
        (answer) => (answer.status === 200 ? answer.version : ''),
        () => '',
      );
      if (version !== '') seen.push(version);
      await pause(10);
    }
  };
  const all = [visit(), visit()];
  return {
    seen,
    stop: async () => {
      isOver = true;
      await Promise.all(all);
    },
  };
}

describe.runIf(process.platform === 'linux')('after everything was killed at once', () => {
  const strategy = '{ canary: { steps: [{ weight: 20% }, { pause: {} }, { weight: 50% }, { pause: 1s }] } }';

  it('stable is back first, strangers are left alone, and the release goes on to its end', async () => {
    // Slower to start than the candidate: it must be first all the same.
    const url = await live({ strategy }, 1_000);
    const before = visitors(url);
    await site.ok('release', 'shop', '--from', await site.artefact({ version: 'v2' }));
    await until('the first step is held', async () => (await view()).release?.stage === 'wait');
    await until('it serves', async () => ((await view()).release?.served.requests ?? 0) > 0);
    const { release: running, stable } = await view();
    await killEverything();
    await before.stop();

    // Before the boot the pids of all were others'; the last record even has the start time right.
    const records = await savedProcesses();
    expect(records.length).toBe(3);
    for (const { file, record } of records) {
      const decoy = new Decoy();
      const saved = { pid: decoy.pid, startTime: decoy.startTime };
      await writeFile(file, JSON.stringify({ ...record, bootId: 'another-boot', process: saved }));
    }
    await writeFile(path.join(site.dataDir, 'control.pid'), `${new Decoy().pid}\n`);
    await until('the decoys are there', () => Promise.resolve(decoys.every((one) => one.said !== '')));

    const after = visitors(url);
    await site.up();
    expect(await view()).toMatchObject({ stable, release: { number: running?.number, step: running?.step } });
    await until('it can go on', async () => (await view()).release?.stage === 'wait');
    await site.ok('resume', 'shop');
    await until('it is promoted', async () => {
      const [last] = await site.api<Ended[]>('rollouts/shop/releases');
      return last?.number === running?.number && last?.outcome === 'promoted';
    });
    await after.stop();
    expect(after.seen[0]).toBe('v1');
    expect(new Set(after.seen)).toEqual(new Set(['v1', 'v2']));
    const [last] = await site.api<Ended[]>('rollouts/shop/releases');
    expect(last?.served.requests).toBeGreaterThan(running?.served.requests ?? 0);
    expect(decoys.map((one) => one.said)).toEqual(decoys.map(() => 'here\n'));
  });

  it('on the same boot, a pid that went to a stranger meanwhile is left alone too', async () => {
    await live();
    await killEverything();
    for (const { file, record } of await savedProcesses()) {
      const process = { ...record.process, pid: new Decoy().pid };
      await writeFile(file, JSON.stringify({ ...record, process }));
    }
    await until('the decoys are there', () => Promise.resolve(decoys.every((one) => one.said !== '')));
    await site.up();
    const url = await site.address();
    await until('stable serves', async () => (await ask(url)).version === 'v1');
    await site.ok('scale', 'shop', '--replicas', '1');
    await site.ok('down', '--yes');
    expect(decoys.map((one) => one.said)).toEqual(decoys.map(() => 'here\n'));
  });
});

describe('when the gateway loses its worker', () => {
  it('the requests it was serving fail, and no others', async () => {
    const url = await live();
    const flag = path.join(site.dir, 'go');
    let failed = 0;
    const held = Array.from({ length: 5 }, () =>
      ask(new URL(`/hold?until=${encodeURIComponent(flag)}`, url).href).catch(() => (failed += 1)),
    );
    const failures: number[] = [];
    let [answered, isOver] = [0, false];
    // A connection of its own for each: one that is kept alive is lost with the worker, and that is no news.
    const agent = new Agent({ keepAlive: false });
    const client = async (): Promise<void> => {
      while (!isOver) {
        const begunAt = performance.now();
        const status = await ask(url, { agent }).then(
          (answer) => answer.status,
          () => 0,
        );
        if (status === 200) answered += 1;
        else failures.push(begunAt);
        await pause(5);
      }
    };
    const clients = Array.from({ length: 5 }, client);
    const served = async (): Promise<void> => {
      const before = answered;
      await until('requests go on', () => Promise.resolve(answered > before + 100));
    };
    await served();
    const [, worker = 0] = await gatewayPids();
    process.kill(worker, 'SIGKILL');
    while (!isGone(worker));
    const goneAt = performance.now();
    await Promise.all(held);
    await served();
    isOver = true;
    await Promise.all(clients);
    expect(failed).toBe(5);
    expect(failures.length).toBeLessThanOrEqual(clients.length);
    expect(failures.filter((begunAt) => begunAt > goneAt)).toEqual([]);
    const [, successor] = await gatewayPids();
    expect(successor).not.toBe(worker);
  });
});

describe('the secrets of an environment', () => {
  const inFile = `file-${randomBytes(12).toString('hex')}`;
  const inDocument = `document-${randomBytes(12).toString('hex')}`;
  const inSecondFile = `second-${randomBytes(12).toString('hex')}`;

  /** Everything a data directory holds, but the environments themselves. */
  async function filesOf(directory: string): Promise<readonly string[]> {
    const found = await readdir(directory, { recursive: true, withFileTypes: true });
    return found
      .filter((one) => one.isFile() && !one.name.endsWith('.env.json'))
      .map((one) => path.join(one.parentPath, one.name));
  }

  it('reach the processes and nothing else', async () => {
    const from = await site.artefact({ version: 'v1' });
    await writeFile(path.join(site.dir, 'first.env'), `API_TOKEN=${inFile}\n`);
    await writeFile(path.join(site.dir, 'second.env'), `API_TOKEN="${inSecondFile}"\n`);
    await site.declare(
      { version: 'v1' },
      {
        workload: `{ process: { from: ${from}, build: [node, --version], command: [node, server.mjs], env: { INLINE: ${inDocument} }, envFiles: [first.env], replicas: 1, ready: { http: /healthz } } }`,
        strategy: '{ canary: { steps: [{ weight: 20% }, { pause: {} }] } }',
      },
    );
    await site.ok('up', '--detach', '--gateway-port', '0');
    await site.ok('wait', 'shop', '--timeout', '30s');
    const url = await site.address();
    const token = async (): Promise<string> =>
      (await ask(new URL('/variable?name=API_TOKEN', url).href)).body.toString();
    expect(await token()).toBe(inFile);
    expect((await ask(new URL('/variable?name=INLINE', url).href)).body.toString()).toBe(inDocument);
    await site.ok('release', 'shop', '--env-file', 'second.env');
    await until('it is held', async () => (await view()).release?.stage === 'wait');

    const commands = [
      ['get', 'shop'],
      ['describe', 'shop'],
      ['history', 'shop'],
      ['events'],
      ['logs', 'shop'],
      ['plan'],
      ['doctor'],
      ['promote', 'shop', '--full'],
    ];
    for (const args of commands) {
      for (const format of args[0] === 'promote' ? ['json'] : ['json', 'table']) {
        const { out, err } = await site.run(...args, '--output', format);
        for (const secret of [inFile, inSecondFile, inDocument])
          expect(out + err, args.join(' ')).not.toContain(secret);
      }
    }
    await until('it is promoted', async () => (await view()).release === undefined);
    expect(await token()).toBe(inSecondFile);

    const files = await filesOf(site.dataDir);
    const names = files.map((file) => path.relative(site.dataDir, file));
    for (const name of ['coalmine.db', 'up.log', 'gateway/config.json', 'gateway/gateway.log'])
      expect(names).toContain(name);
    for (const file of files) {
      // Records of processes come and go.
      const content = await readFile(file, 'latin1').catch(() => '');
      // The document as it was written, for its owner alone; all else must not know.
      const secrets = path.basename(file).startsWith('coalmine.db')
        ? [inFile, inSecondFile]
        : [inFile, inSecondFile, inDocument];
      for (const secret of secrets) expect(content.includes(secret), file).toBe(false);
    }
    const environments = (await readdir(path.join(site.dataDir, 'revisions'))).filter((name) =>
      name.endsWith('.env.json'),
    );
    expect(environments.length).toBe(2);
    for (const name of ['coalmine.db', ...environments.map((one) => `revisions/${one}`)]) {
      expect((await stat(path.join(site.dataDir, name))).mode & 0o777, name).toBe(0o600);
    }
    const [master = 0, worker = 0] = await gatewayPids();
    for (const pid of process.platform === 'linux' ? [master, worker] : []) {
      expect(await readFile(`/proc/${pid}/environ`, 'latin1')).not.toContain(inFile);
    }
  });
});
