import { isApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { CONFIGS, type Config } from '../../workloads/deployment/objects.ts';
import { ENDED_SESSIONS_NAME } from '../install/names.ts';
import { INSTALL_LABELS } from '../manifest.ts';

/** How long what was read counts: for so long at most a session that was ended elsewhere goes on here. */
const COUNTS_MS = 5_000;
/** Beyond these, those go first that end soonest by themselves; together they have some 100 kB. */
const MOST = 2_000;
/** Replicas that end sessions at once meet now and then. */
const TRIES = 5;

/** Where ended sessions are kept, and by which clocks. */
export interface EndedSessionsOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'replace'>;
  readonly namespace: string;
  /** Wall clock, milliseconds since 1970. */
  readonly now: () => number;
  /** Ends what is asked. */
  readonly deadline: () => AbortSignal;
  readonly countsMs?: number | undefined;
}

/**
 * The sessions that were ended before their time, until that is over: digests of their cookies, in a ConfigMap that all
 * replicas read. Nothing in it lets anybody in.
 */
export class EndedSessions {
  readonly #options: EndedSessionsOptions;
  #read: { readonly at: number; readonly digests: Promise<ReadonlySet<string>> } | undefined;

  constructor(options: EndedSessionsOptions) {
    this.#options = options;
  }

  /** Ends one, which would have ended by itself at `untilMs`. All replicas know within five seconds. Safe to repeat. */
  async add(digest: string, untilMs: number): Promise<void> {
    const { client, deadline, namespace } = this.#options;
    for (let tries = 1; ; tries += 1) {
      const there = await this.#kept();
      const data = this.#boundedData({ ...there?.data, [digest]: String(untilMs) });
      const metadata = { namespace, name: ENDED_SESSIONS_NAME, labels: { ...INSTALL_LABELS } };
      try {
        if (there === undefined) await client.create(CONFIGS.ConfigMap, { metadata, data }, deadline());
        else await client.replace(CONFIGS.ConfigMap, { ...there, data }, deadline());
        this.#read = undefined;
        return;
      } catch (cause) {
        if (tries === TRIES || !isApiError(cause, 'conflict', 'alreadyExists')) throw cause;
      }
    }
  }

  /** True for one that was ended. */
  async has(digest: string): Promise<boolean> {
    const { countsMs = COUNTS_MS } = this.#options;
    const at = performance.now();
    if (this.#read === undefined || at - this.#read.at >= countsMs) {
      const digests = this.#kept().then((there) => new Set(Object.keys(there?.data ?? {})));
      const read = { at, digests };
      this.#read = read;
      // Whoever asks next is to ask again.
      digests.catch(() => {
        if (this.#read === read) this.#read = undefined;
      });
    }
    return (await this.#read.digests).has(digest);
  }

  #kept(): Promise<Config | undefined> {
    const { client, namespace, deadline } = this.#options;
    return client.get(CONFIGS.ConfigMap, { namespace, name: ENDED_SESSIONS_NAME }, deadline());
  }

  #boundedData(data: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const now = this.#options.now();
    const lasting = Object.entries(data).filter(([, untilMs]) => Number(untilMs) > now);
    return Object.fromEntries(lasting.sort(([, a], [, b]) => Number(b) - Number(a)).slice(0, MOST));
  }
}
