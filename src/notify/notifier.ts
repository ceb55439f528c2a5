import { formatDuration } from '../base/duration.ts';
import type { NoticePort } from '../controller/ports.ts';
import type { Delivery, Notice } from '../engine/notices.ts';
import type { Rollout } from '../rollout/model.ts';
import { Backoff, type BackoffLimits } from '../system/backoff.ts';
import type { Secrets } from '../system/secret.ts';
import { waitFor } from '../system/waiting.ts';
import { attempt } from './attempt.ts';
import type { Sent } from './channel.ts';

/** What listeners are told with. */
export interface NotifierParts {
  /** Where the secrets of a Rollout are. */
  readonly secretsOf: (rollout: Rollout) => Secrets;
  /** Told of every change of what became of a notice, by the key of the Rollout. */
  readonly onDelivery: (key: string) => void;
  /** Wall clock, milliseconds since 1970. */
  readonly now: () => number;
  /** Other pauses between attempts, in tests. */
  readonly retry?: BackoffLimits;
}

/** The pauses before a notice is sent again. */
const RETRY: BackoffLimits = { firstMs: 1_000, longestMs: 300_000 };
/** So many failures in a row are nothing to talk about. */
const TOLERATED = 2;
/** What nobody has taken for so long is no news any more. */
const GIVEN_UP_MS = 6 * 3_600_000;

interface UnderWay {
  readonly stop: AbortController;
  delivery?: Delivery;
}

/** What is told of one Rollout now. */
interface Listened {
  /** As it is declared now: what is tried again is tried with that. */
  rollout: Rollout;
  readonly notices: Map<string, UnderWay>;
}

/**
 * Tells the listeners of all Rollouts: each hears one notice at a time, in their order, and none waits for another. It
 * lives in memory; what is not taken yet is in the status of the Rollout, and given to it anew after a restart.
 */
export class Notifier {
  readonly #parts: NotifierParts;
  readonly #byRollout = new Map<string, Listened>();

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  /** The port of one Rollout, as it is declared now, under the key that it is known by; absent where nobody listens. */
  portOf(key: string, rollout: Rollout): { readonly notices?: NoticePort } {
    const known = this.#byRollout.get(key);
    if (known !== undefined) known.rollout = rollout;
    if (rollout.notify.length === 0 && known === undefined) return {};
    return {
      notices: {
        apply: (notices) => {
          this.#apply({ key, rollout }, notices);
          return Promise.resolve();
        },
        observe: () => Promise.resolve(this.#deliveries(key)),
      },
    };
  }

  /** Tells nothing any more. What is on its way may still arrive. */
  close(): void {
    for (const { notices } of this.#byRollout.values()) for (const { stop } of notices.values()) stop.abort();
    this.#byRollout.clear();
  }

  #apply({ key, rollout }: Of, notices: readonly Notice[]): void {
    const listened = this.#byRollout.get(key) ?? { rollout, notices: new Map<string, UnderWay>() };
    const heads = firstOfEach(notices);
    for (const [known, { stop }] of listened.notices) {
      if (heads.some((one) => one.key === known)) continue;
      stop.abort();
      listened.notices.delete(known);
    }
    for (const head of heads) {
      if (listened.notices.has(head.key)) continue;
      const underWay: UnderWay = { stop: new AbortController() };
      listened.notices.set(head.key, underWay);
      void this.#deliver({ key, listened, underWay }, head);
    }
    if (listened.notices.size === 0) this.#byRollout.delete(key);
    else this.#byRollout.set(key, listened);
  }

  #deliveries(key: string): Readonly<Record<string, Delivery>> {
    const deliveries: Record<string, Delivery> = {};
    for (const [notice, { delivery }] of this.#byRollout.get(key)?.notices ?? [])
      if (delivery !== undefined) deliveries[notice] = delivery;
    return deliveries;
  }

  /** Tries until somebody has taken it, refuses it for good, or nobody wants it any more. */
  async #deliver(under: Under, notice: Notice): Promise<void> {
    const { signal } = under.underWay.stop;
    const backoff = new Backoff(this.#parts.retry ?? RETRY);
    const begun = performance.now();
    do {
      const sent = await this.#try(under.listened.rollout, notice, signal);
      const pauseMs = Math.max(backoff.next(), askedFor(sent));
      const delivery = deliveryOf(sent, performance.now() - begun + pauseMs);
      if (delivery.kind !== 'delayed' || backoff.failures > TOLERATED) this.#note(under, delivery);
      if (delivery.kind !== 'delayed') return;
      if (!(await waitFor(pauseMs, signal))) return;
    } while (under.listened.notices.has(notice.key));
  }

  /** What has changed is worth a look. */
  #note({ key, underWay }: Under, delivery: Delivery): void {
    if (underWay.stop.signal.aborted) return;
    const isNews = underWay.delivery?.kind !== delivery.kind;
    underWay.delivery = delivery;
    if (isNews) this.#parts.onDelivery(key);
  }

  #try(rollout: Rollout, notice: Notice, signal: AbortSignal): Promise<Sent> {
    const listener = rollout.notify.find(({ name }) => name === notice.to);
    if (listener === undefined) return Promise.resolve({ kind: 'refused', why: 'is no longer declared' });
    const { secretsOf, now } = this.#parts;
    return attempt({ rollout, listener, notice }, { secretAt: secretsOf(rollout), now, signal });
  }
}

interface Of {
  readonly key: string;
  readonly rollout: Rollout;
}

interface Under {
  readonly key: string;
  readonly listened: Listened;
  readonly underWay: UnderWay;
}

/** The next notice of each listener: what comes later waits until that is over. */
function firstOfEach(notices: readonly Notice[]): readonly Notice[] {
  const heads = new Map<string, Notice>();
  for (const notice of notices) if (!heads.has(notice.to)) heads.set(notice.to, notice);
  return [...heads.values()];
}

/** How long a service asks to wait, in milliseconds. */
function askedFor(sent: Sent): number {
  return sent.kind === 'delayed' ? (sent.afterMs ?? 0) : 0;
}

function deliveryOf(sent: Sent, forMs: number): Delivery {
  if (sent.kind === 'taken')
    return { kind: 'taken', ...(sent.thread === undefined ? {} : { thread: sent.thread }) };
  if (sent.kind === 'refused') return { kind: 'refused', why: sent.why };
  if (forMs < GIVEN_UP_MS) return { kind: 'delayed', why: sent.why };
  return { kind: 'refused', why: `given up after ${formatDuration(GIVEN_UP_MS)}: ${sent.why}` };
}
