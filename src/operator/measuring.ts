import { randomUUID } from 'node:crypto';
import { canonicalJson } from '../base/canonical.ts';
import type { Json } from '../base/json.ts';
import type { MetricsPort } from '../controller/ports.ts';
import { SourceChecks } from '../metrics/checks/source-checks.ts';
import { joinedMetrics } from '../metrics/joined.ts';
import { SourcePool } from '../metrics/source-pool.ts';
import type { Rollout } from '../rollout/model.ts';

/** What measures the Rollouts of a cluster: the sources that they name. */
export class Measuring {
  readonly #pool = new SourcePool(process.env);
  /** By Rollout: what its checks have counted, for as long as its sources stay the same. */
  readonly #checks = new Map<string, { readonly sources: string; readonly checks: SourceChecks }>();

  /** What measures one Rollout, by its key. */
  metricsOf(key: string, rollout: Rollout): MetricsPort {
    const checks = this.#checksOf(key, rollout);
    return joinedMetrics(undefined, [(question, signal) => checks.read(question, signal)]);
  }

  /** A Rollout is gone. */
  forget(key: string): void {
    this.#checks.get(key)?.checks.close();
    this.#checks.delete(key);
  }

  /** Asks sources nothing any more, and closes the connections to them. */
  close(): Promise<void> {
    for (const key of this.#checks.keys()) this.forget(key);
    return this.#pool.close();
  }

  #checksOf(key: string, { name, namespace, sources }: Rollout): SourceChecks {
    const text = canonicalJson(sources as unknown as Json);
    const known = this.#checks.get(key);
    if (known?.sources === text) return known.checks;
    known?.checks.close();
    const checks = new SourceChecks({
      scope: { rollout: name, ...(namespace === undefined ? {} : { namespace }) },
      sources,
      pool: this.#pool,
      newEpoch: randomUUID,
    });
    this.#checks.set(key, { sources: text, checks });
    return checks;
  }
}
