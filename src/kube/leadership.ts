import { jittered } from '../base/jitter.ts';
import { waitFor, within } from '../system/waiting.ts';
import { isApiError } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { heldLease, LEASES, releasedLease, type Lease, type LeaseKey } from './lease.ts';

/**
 * How an election goes. A lease is taken over at the latest `leaseMs` and twice `lookEveryMs` after it was renewed last:
 * others see that within one look, wait, and see with the next that nothing has come.
 */
export interface ElectionTimes {
  /** How long others leave a lease alone that they do not see renewed. */
  readonly leaseMs: number;
  /** How long the leader may fail to renew before it stops: less than `leaseMs`, so that it stops before others start. */
  readonly renewWithinMs: number;
  /** How often the leader renews and the others look. */
  readonly lookEveryMs: number;
}

/** Take-over within 14 s, for a request in two seconds of each who takes part. */
export const ELECTION_TIMES: ElectionTimes = { leaseMs: 10_000, renewWithinMs: 7_000, lookEveryMs: 2_000 };

/** Who stands for what. */
export interface Election {
  readonly client: KubeClient;
  readonly key: LeaseKey;
  /** Told apart from all others who stand, also from an earlier life of this process. */
  readonly identity: string;
  readonly times?: ElectionTimes;
  /** Told when the API server cannot be asked. */
  readonly onTrouble?: (error: unknown) => void;
}

/**
 * Waits until it holds the lease, then works while it does. The work's signal is aborted when the lease is lost, or with
 * the outer one; then the work is waited for, and the lease given back. Answers why the work had to end.
 */
export async function lead(
  election: Election,
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<'stopped' | 'lost' | 'done'> {
  const term = new Term(election);
  if (!(await term.win(signal))) return 'stopped';
  const leading = new AbortController();
  const working = work(leading.signal).finally(() => {
    leading.abort();
  });
  // Watched in any case: a failure is thrown below, when the lease has been given back.
  working.catch(() => undefined);
  const end = await term.keep(AbortSignal.any([signal, leading.signal]));
  leading.abort();
  try {
    await working;
  } finally {
    if (end === 'kept') await term.giveBack();
  }
  if (end === 'lost') return 'lost';
  return signal.aborted ? 'stopped' : 'done';
}

/** One try to hold a lease, and the holding of it. */
class Term {
  readonly #election: Election;
  readonly #times: ElectionTimes;
  /** The lease as it was last seen, and when that was first seen so, by the clock that nobody sets. */
  #seen: { readonly lease: Lease; readonly at: number } | undefined;
  #renewedAt = 0;

  constructor(election: Election) {
    this.#election = election;
    this.#times = election.times ?? ELECTION_TIMES;
  }

  /** Looks until the lease is ours; false when the signal came first. */
  async win(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (await this.#try(() => this.#claim(signal), signal)) return true;
      await waitFor(jittered(this.#times.lookEveryMs, Math.random()), signal);
    }
    return false;
  }

  /** Renews until the signal is aborted, or the lease is lost. */
  async keep(signal: AbortSignal): Promise<'kept' | 'lost'> {
    const { lookEveryMs, renewWithinMs } = this.#times;
    while (await waitFor(Math.min(lookEveryMs, this.#leftMs()), signal)) {
      // Once over its time it may be another's, whatever an answer that is late would say.
      if (this.#leftMs() <= 0) return 'lost';
      const limit = { ms: this.#leftMs(), signal };
      const { result } = await within(limit, (bounded) => this.#try(() => this.#claim(bounded), bounded));
      if (!result && this.#isOthers()) return 'lost';
      if (performance.now() - this.#renewedAt > renewWithinMs) return 'lost';
    }
    return 'kept';
  }

  /** Lets the next one have it at once. What cannot be given back runs out by itself. */
  async giveBack(): Promise<void> {
    const { client, key, identity, onTrouble } = this.#election;
    const limit = { ms: this.#times.lookEveryMs, signal: new AbortController().signal };
    await within(limit, async (bounded) => {
      // Looked at anew: a renewal may have been written whose answer nobody waited for.
      const lease = await client.get(LEASES, key, bounded);
      if (lease?.spec?.holderIdentity !== identity) return;
      await client.replace(LEASES, releasedLease(lease, Date.now()), bounded);
    }).catch(onTrouble);
  }

  #leftMs(): number {
    return this.#renewedAt + this.#times.renewWithinMs - performance.now();
  }

  /** Writes our name into the lease when it may be ours. True: it is. */
  async #claim(signal: AbortSignal): Promise<boolean> {
    const { client, key, identity } = this.#election;
    const begun = performance.now();
    const isOurs = this.#seen?.lease.spec?.holderIdentity === identity;
    // The leader knows what it wrote last; if that is not so any more, its write is refused.
    if (!isOurs) this.#see(await client.get(LEASES, key, signal));
    if (!isOurs && this.#isOthers() && !this.#hasRunOut()) return false;
    const claim = { key, identity, leaseMs: this.#times.leaseMs, at: Date.now() };
    const wanted = heldLease(this.#seen?.lease, claim);
    const isNew = this.#seen === undefined;
    this.#see(await (isNew ? client.create(LEASES, wanted, signal) : client.replace(LEASES, wanted, signal)));
    // Others count from when they see it, which is not before it was sent.
    this.#renewedAt = begun;
    return true;
  }

  #see(lease: Lease | undefined): void {
    if (lease === undefined) this.#seen = undefined;
    else if (lease.metadata.resourceVersion !== this.#seen?.lease.metadata.resourceVersion)
      this.#seen = { lease, at: performance.now() };
  }

  #isOthers(): boolean {
    const holder = this.#seen?.lease.spec?.holderIdentity ?? '';
    return holder !== '' && holder !== this.#election.identity;
  }

  /** True when it has not changed for as long as its holder promised to renew it within, by our own clock. */
  #hasRunOut(): boolean {
    if (this.#seen === undefined) return true;
    const promisedMs = (this.#seen.lease.spec?.leaseDurationSeconds ?? 0) * 1_000;
    return performance.now() - this.#seen.at > Math.max(promisedMs, 1_000);
  }

  /** False when it went wrong; then what is there has to be looked at anew. */
  async #try(attempt: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
    try {
      return await attempt();
    } catch (error) {
      if (isApiError(error, 'conflict', 'alreadyExists', 'notFound')) await this.#look(signal);
      else if (!signal.aborted) this.#election.onTrouble?.(error);
      return false;
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { client, key, onTrouble } = this.#election;
    await client.get(LEASES, key, signal).then((lease) => {
      this.#see(lease);
    }, onTrouble);
  }
}
