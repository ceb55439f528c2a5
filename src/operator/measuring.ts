import { randomUUID } from 'node:crypto';
import { canonicalJson } from '../base/canonical.ts';
import type { Json } from '../base/json.ts';
import type { MetricsPort } from '../controller/ports.ts';
import { SourceChecks } from '../metrics/checks/source-checks.ts';
import type { FindNames } from '../metrics/checks/targets.ts';
import { joinedMetrics } from '../metrics/joined.ts';
import { SourcePool } from '../metrics/source-pool.ts';
import type { Rollout, SourceSettings } from '../rollout/model.ts';
import { clusterSecrets, type ReadSecret } from './cluster-secrets.ts';

/** What measures the Rollouts of a cluster: the sources that they name. */
export class Measuring {
  readonly #read: ReadSecret;
  /** Sources that need no secret are shared by all namespaces, others by the Rollouts of one. */
  readonly #pools = new Map<string, SourcePool>();
  /** By Rollout: what its checks have counted, for as long as its sources stay the same. */
  readonly #checks = new Map<string, { readonly sources: string; readonly checks: SourceChecks }>();

  constructor(read: ReadSecret) {
    this.#read = read;
  }

  /** What measures one Rollout, by its key. */
  metricsOf(key: string, rollout: Rollout, findNames: FindNames): MetricsPort {
    const checks = this.#checksOf(key, rollout);
    return joinedMetrics(undefined, [(question, signal) => checks.read(question, signal, findNames)]);
  }

  /** A Rollout is gone. */
  forget(key: string): void {
    this.#checks.get(key)?.checks.close();
    this.#checks.delete(key);
  }

  /** Asks sources nothing any more, and closes the connections to them. */
  async close(): Promise<void> {
    for (const key of this.#checks.keys()) this.forget(key);
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  #checksOf(key: string, { name, namespace = 'default', sources }: Rollout): SourceChecks {
    const text = canonicalJson(sources as unknown as Json);
    const known = this.#checks.get(key);
    if (known?.sources === text) return known.checks;
    known?.checks.close();
    const checks = new SourceChecks({
      scope: { rollout: name, namespace },
      sources,
      pool: { source: (settings) => this.#poolFor(settings, namespace).source(settings) },
      newEpoch: randomUUID,
    });
    this.#checks.set(key, { sources: text, checks });
    return checks;
  }

  #poolFor({ auth, tls }: SourceSettings, namespace: string): SourcePool {
    const place = auth === undefined && tls?.secret === undefined ? '' : namespace;
    const pool = this.#pools.get(place) ?? new SourcePool(clusterSecrets(namespace, this.#read));
    this.#pools.set(place, pool);
    return pool;
  }
}
