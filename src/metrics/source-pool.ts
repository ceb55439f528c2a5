import { canonicalJson } from '../base/canonical.ts';
import type { Json } from '../base/json.ts';
import type { SourceSettings } from '../rollout/model.ts';
import type { MetricSource } from './prometheus/answer.ts';
import { loginOf } from '../system/credentials.ts';
import type { Secrets } from '../system/secret.ts';
import type { ReadTlsFiles, TlsSettings } from './prometheus/settings.ts';
import { prometheusSource } from './prometheus/source.ts';

/** Where a pool finds what its sources keep to themselves. */
export interface KeptApart {
  readonly secretAt: Secrets;
  /** The certificates in a Secret of a cluster; absent where there is none. */
  readonly certificatesIn?: (secret: string) => ReadTlsFiles;
}

/** Sources shared by all Rollouts that name them alike, so that what they ask at one moment goes out together. */
export class SourcePool {
  readonly #kept: KeptApart;
  readonly #open = new Map<string, MetricSource>();

  constructor(kept: KeptApart) {
    this.#kept = kept;
  }

  /** The source of these settings, opened when it is first wanted; throws Failure for settings that cannot be used. */
  source(settings: SourceSettings): MetricSource {
    const key = canonicalJson(settings as unknown as Json);
    const open = this.#open.get(key) ?? openSource(settings, this.#kept);
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
function openSource(settings: SourceSettings, kept: KeptApart): MetricSource {
  const { auth, tls, name, address, timeoutMs } = settings;
  const login = auth && { auth: loginOf(auth, kept.secretAt) };
  return prometheusSource({ name, address, timeoutMs, ...login, ...(tls && { tls: tlsOf(tls, kept) }) });
}

function tlsOf(
  { ca, cert, key, serverName, secret }: NonNullable<SourceSettings['tls']>,
  { certificatesIn }: KeptApart,
): TlsSettings {
  const read = secret === undefined ? undefined : certificatesIn?.(secret);
  return {
    ...(read === undefined ? {} : { read }),
    ...(ca === undefined ? {} : { caFile: ca }),
    ...(cert === undefined ? {} : { certFile: cert }),
    ...(key === undefined ? {} : { keyFile: key }),
    ...(serverName === undefined ? {} : { serverName }),
  };
}
