import { randomUUID } from 'node:crypto';
import { canonicalJson } from '../base/canonical.ts';
import { formatDuration } from '../base/duration.ts';
import { messageOf, withHint } from '../base/failure.ts';
import type { Json } from '../base/json.ts';
import type { MetricsPort } from '../controller/ports.ts';
import type { GatewayClient } from '../gateway/client.ts';
import { SourceChecks } from '../metrics/checks/source-checks.ts';
import { gatewayMetrics } from '../metrics/gateway.ts';
import { joinedMetrics } from '../metrics/joined.ts';
import { SourcePool } from '../metrics/source-pool.ts';
import { usageReadings } from '../metrics/usage.ts';
import type { Rollout, SourceSettings } from '../rollout/model.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { Takeovers } from './takeovers.ts';
import { localSecrets } from '../system/secret.ts';
import { deadlineIn } from '../system/waiting.ts';

/** Anything that every server can answer. */
const QUESTION = 'vector(1)';
const ANSWER_WITHIN_MS = 1_000;

/** What measures the Rollouts of this machine. */
export class Measuring {
  readonly #gateway: GatewayClient;
  readonly #supervisor: Pick<Supervisor, 'usage'>;
  readonly #takeovers: Takeovers;
  readonly #pool = new SourcePool({ secretAt: localSecrets(process.env) });
  /** By Rollout: what its checks have counted, for as long as its sources stay the same. */
  readonly #checks = new Map<string, { readonly sources: string; readonly checks: SourceChecks }>();

  constructor(gateway: GatewayClient, supervisor: Pick<Supervisor, 'usage'>, takeovers: Takeovers) {
    this.#gateway = gateway;
    this.#supervisor = supervisor;
    this.#takeovers = takeovers;
  }

  /** What measures one Rollout. */
  metricsOf(rollout: Rollout): MetricsPort {
    const { name, traffic } = rollout;
    const gateway =
      traffic === undefined
        ? undefined
        : gatewayMetrics(this.#gateway, name, (counters) => {
            this.#takeovers.add(name, counters);
          });
    const checks = this.#checksOf(rollout);
    return joinedMetrics(gateway, [
      (question, signal) => checks.read(question, signal),
      usageReadings(name, this.#supervisor),
    ]);
  }

  #checksOf({ name, sources }: Rollout): SourceChecks {
    const text = textOf(sources);
    const known = this.#checks.get(name);
    if (known?.sources === text) return known.checks;
    known?.checks.close();
    const checks = new SourceChecks({
      scope: { rollout: name },
      sources,
      pool: this.#pool,
      newEpoch: randomUUID,
    });
    this.#checks.set(name, { sources: text, checks });
    return checks;
  }

  /** Why sources of these Rollouts do not answer now, each told once; waits a moment for them. */
  async silentSources(rollouts: readonly Rollout[]): Promise<readonly string[]> {
    const distinct = new Map(rollouts.flatMap(({ sources }) => sources).map((one) => [textOf(one), one]));
    const told = await Promise.all([...distinct.values()].map((settings) => this.#silence(settings)));
    return told.filter((one) => one !== undefined);
  }

  async #silence(settings: SourceSettings): Promise<string | undefined> {
    const signal = deadlineIn(ANSWER_WITHIN_MS);
    try {
      const [answer] = await this.#pool.source(settings).instant([QUESTION], signal);
      return answer?.kind === 'failed' ? withHint(answer.reason, answer.hint) : undefined;
    } catch (cause) {
      const late = `source ${settings.name}: it did not answer within ${formatDuration(ANSWER_WITHIN_MS)}`;
      return signal.aborted ? late : messageOf(cause);
    }
  }

  /** A Rollout is gone. */
  forget(name: string): void {
    this.#checks.get(name)?.checks.close();
    this.#checks.delete(name);
  }

  /** Asks sources nothing any more, and closes the connections to them. */
  close(): Promise<void> {
    for (const name of this.#checks.keys()) this.forget(name);
    return this.#pool.close();
  }
}

function textOf(settings: unknown): string {
  return canonicalJson(settings as Json);
}
