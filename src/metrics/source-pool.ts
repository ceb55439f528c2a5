import { canonicalJson } from '../base/canonical.ts';
import type { Json } from '../base/json.ts';
import type { SourceSettings } from '../rollout/model.ts';
import type { MetricSource } from './prometheus/answer.ts';
import { loginOf } from '../system/credentials.ts';
import { prometheusSource } from './prometheus/source.ts';

/** Variables of coalmine's own environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Sources shared by all Rollouts that name them alike, so that what they ask at one moment goes out together. */
export class SourcePool {
  readonly #environment: Environment;
  readonly #open = new Map<string, MetricSource>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The source of these settings, opened when it is first wanted; throws Failure for settings that cannot be used. */
  source(settings: SourceSettings): MetricSource {
    const key = canonicalJson(settings as unknown as Json);
    const open = this.#open.get(key) ?? openSource(settings, this.#environment);
    this.#open.set(key, open);
    return open;
  }

  /** Closes all of them. */
  async close(): Promise<void> {
    const sources = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(sources.map((source) => source.close()));
  }
}

/** One case per kind of source. */
function openSource(settings: SourceSettings, environment: Environment): MetricSource {
  const { auth, tls, name, address, timeoutMs } = settings;
  const login = auth && { auth: loginOf(auth, environment) };
  return prometheusSource({ name, address, timeoutMs, ...login, ...(tls && { tls: tlsOf(tls) }) });
}

function tlsOf({ ca, cert, key, serverName }: NonNullable<SourceSettings['tls']>) {
  return {
    ...(ca === undefined ? {} : { caFile: ca }),
    ...(cert === undefined ? {} : { certFile: cert }),
    ...(key === undefined ? {} : { keyFile: key }),
    ...(serverName === undefined ? {} : { serverName }),
  };
}
