import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../../../../test/tools.ts';

/** What the real server is started with. */
export interface ServerOptions {
  /** Host and port of what is scraped, by the value of its `pod` label. */
  readonly pods?: Readonly<Record<string, string>>;
  /** Scraped too: items of `scrape_configs`. */
  readonly jobs?: readonly unknown[];
  /** Absent: any free port. */
  readonly port?: number;
  /** The content of `--web.config.file`. */
  readonly web?: unknown;
  readonly flags?: readonly string[];
}

/** A real Prometheus server in a directory of its own. */
export interface PrometheusServer {
  /** Host and port. */
  readonly target: string;
  readonly pid: number;
  /** Ends it and removes its directory. */
  stop(): Promise<void>;
}

/** How often the servers of tests scrape. */
export const SCRAPE_MS = 250;

/** True when the real server is there. Without it its tests are skipped, loudly; but not in CI. */
export function hasPrometheus(): boolean {
  try {
    execFileSync('prometheus', ['--version'], { stdio: 'pipe' });
    return true;
  } catch (error) {
    if (process.env['CI'] === 'true')
      throw new Error('CI must have the server `prometheus`', { cause: error });
    console.warn('SKIPPED: everything about the real Prometheus; install the Debian package prometheus');
    return false;
  }
}

/** Starts one and waits until it answers. */
export async function startPrometheus(options: ServerOptions = {}): Promise<PrometheusServer> {
  const home = await mkdtemp(join(tmpdir(), 'coalmine-prometheus-'));
  const target = `127.0.0.1:${options.port ?? (await freePort())}`;
  await writeFile(join(home, 'prometheus.yml'), stringify(configFor(options)));
  await writeFile(join(home, 'web.yml'), stringify(options.web ?? {}));
  const child = spawn(
    'prometheus',
    [
      '--config.file=prometheus.yml',
      '--web.config.file=web.yml',
      '--storage.tsdb.path=data',
      '--enable-feature=native-histograms',
      `--web.listen-address=${target}`,
      ...(options.flags ?? []),
    ],
    { cwd: home, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const log: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => log.push(chunk.toString('utf8')));
  const server = {
    target,
    pid: child.pid ?? 0,
    stop: async () => {
      await ended(child);
      await rm(home, { recursive: true, force: true });
    },
  };
  await isReady(child, log).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  return server;
}

function configFor({ pods = {}, jobs = [] }: ServerOptions): unknown {
  return {
    global: { scrape_interval: `${SCRAPE_MS}ms`, scrape_timeout: `${SCRAPE_MS}ms` },
    scrape_configs: [
      {
        job_name: 'app',
        static_configs: Object.entries(pods).map(([pod, target]) => ({
          targets: [target],
          labels: { pod, instance: pod },
        })),
      },
      ...jobs,
    ],
  };
}

/** It says so in its log, whoever may ask it. */
async function isReady(child: ChildProcess, log: readonly string[]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (log.join('').includes('Server is ready')) resolve();
    };
    child.stderr?.on('data', look);
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Error(`prometheus ended with ${code ?? 'a signal'}: ${log.join('').slice(-1_000)}`));
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}
