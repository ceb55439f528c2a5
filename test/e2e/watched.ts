import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  startPrometheus,
  type PrometheusServer,
} from '../../src/metrics/prometheus/testing/prometheus-server.ts';
import { freePort } from '../tools.ts';
import { Site, until, type Behaviour } from './site.ts';

/** A release that has ended. */
export interface HistoryRow {
  readonly to: string;
  readonly outcome: string;
  readonly reason: string;
}

/** What these tests look at of a Rollout. */
export interface View {
  readonly phase: string;
  readonly message: string;
  readonly release?: { readonly judgement?: { readonly checks: readonly { readonly samples: number }[] } };
}

/** Prometheus asks for it. */
export const PASSWORD = 'open-sesame-1001';
/** Of the password, by bcrypt. */
const HASH = '$2b$04$abcdefghijklmnopqrstuuekotfSlArnbOnTaNNXlNpzX9j.JkFqK';
/** With another rhythm than coalmine looks, so that its scrapes fall anywhere between two looks. */
const SCRAPE = '700ms';

/** A site and a Prometheus that learns from it where its processes listen, as a user would set it up. */
export class Watched {
  readonly site: Site;
  readonly #targets: string;
  readonly #port: number;
  #server: PrometheusServer | undefined;

  private constructor(site: Site, ports: { readonly coalmine: number; readonly prometheus: number }) {
    this.site = site;
    this.#targets = `http://127.0.0.1:${ports.coalmine}/targets`;
    this.#port = ports.prometheus;
  }

  static async create(): Promise<Watched> {
    const ports = { coalmine: await freePort(), prometheus: await freePort() };
    const watched = new Watched(await Site.create(), ports);
    await writeFile(path.join(watched.site.dir, 'password'), `${PASSWORD}\n`);
    await watched.scrape();
    await watched.site.up('--metrics-port', String(ports.coalmine));
    return watched;
  }

  /** Starts Prometheus, with an empty store. */
  async scrape(): Promise<void> {
    const sd = { url: this.#targets, refresh_interval: '300ms' };
    this.#server = await startPrometheus({
      jobs: [
        { job_name: 'processes', scrape_interval: SCRAPE, scrape_timeout: SCRAPE, http_sd_configs: [sd] },
      ],
      web: { basic_auth_users: { coalmine: HASH } },
      port: this.#port,
    });
  }

  async stopScraping(): Promise<void> {
    await this.#server?.stop();
  }

  /** Prometheus lives on and answers nothing, or goes on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.#server !== undefined) process.kill(this.#server.pid, signal);
  }

  /** Declares what is judged by these checks. */
  declare(
    behaviour: Behaviour,
    checks: readonly string[],
    parts: Record<string, string> = {},
  ): Promise<void> {
    const address = `http://127.0.0.1:${this.#port}`;
    const auth = '{ basic: { user: coalmine, password: { file: password } } }';
    return this.site.declare(behaviour, {
      sources: `[{ name: prom, prometheus: { address: "${address}", auth: ${auth}, timeout: 2s } }]`,
      analysis: `{ warmUp: 0s, checks: [${checks.join(', ')}] }`,
      ...parts,
    });
  }

  /** Declares, and waits until it is live. */
  async live(...[behaviour, checks, parts]: Parameters<Watched['declare']>): Promise<void> {
    await this.declare(behaviour, checks, parts);
    await this.site.ok('apply', '--wait', '--timeout', '30s');
  }

  /** Releases a version; answers how that ended. */
  async release(behaviour: Behaviour): Promise<HistoryRow> {
    const { site } = this;
    const from = await site.artefact(behaviour);
    const { code, out, err } = await site.run(
      'release',
      'shop',
      '--from',
      from,
      '--wait',
      '--timeout',
      '60s',
    );
    const [last] = await site.api<HistoryRow[]>('rollouts/shop/releases');
    if (last === undefined || code === 4) throw new Error(`${out}${err}${JSON.stringify(await this.view())}`);
    return last;
  }

  view(): Promise<View> {
    return this.site.api<View>('rollouts/shop');
  }

  /** Waits until the message says so. */
  async says(words: RegExp): Promise<void> {
    let said = '';
    await until(`${words.source} is said`, async () => {
      said = (await this.view()).message;
      return words.test(said);
    }).catch((cause: unknown) => {
      throw new Error(`said instead: ${said}`, { cause });
    });
  }

  async destroy(): Promise<void> {
    await this.site.destroy();
    await this.stopScraping();
  }
}
