import { existsSync } from 'node:fs';
import { orderCertificate } from '../acme/certificate-order.ts';
import type { CertificateName, CertificateStore } from '../acme/certificate-store.ts';
import { RefusedByAuthority } from '../acme/exchange.ts';
import { backOffMs, dueAtMs, type FailedTries } from '../acme/renewal.ts';
import type { Lifetime } from '../system/certificate-lifetime.ts';
import { digestOf } from '../base/canonical.ts';
import { messageOf } from '../base/failure.ts';
import type { CertificateFiles, HostChallenge } from '../gateway/protocol.ts';
import type { Rollout } from '../rollout/model.ts';
import { gatewayOf, type AcmeAuthority, type GatewayTraffic } from '../rollout/traffic.ts';
import { waitFor } from '../system/waiting.ts';

const LOOK_EVERY_MS = 5_000;

/** What the keeper works with. */
export interface CertificateKeeperOptions {
  readonly store: CertificateStore;
  readonly rollouts: () => Promise<readonly Rollout[]>;
  /** Has the gateway answer these, and no others. */
  readonly setChallenges: (challenges: readonly HostChallenge[], signal: AbortSignal) => Promise<void>;
  /** A Rollout has a new certificate. */
  readonly onCertificate: (rollout: string) => void;
  readonly tell: (message: string) => void;
  readonly now: () => number;
  readonly random: () => number;
}

/** A certificate that Rollouts want. */
interface Wanted extends CertificateName {
  readonly authority: AcmeAuthority;
  readonly rollouts: readonly string[];
}

/**
 * Has authorities make the certificates of Rollouts, and renew them; the gateway serves the files. One after the
 * other, so that an authority is never asked by many at once.
 */
export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions;
  readonly #problems = new Map<string, string>();
  /** A file that somebody removes is made anew; what is served meanwhile does not change. */
  readonly #known = new Set<string>();
  #wake: () => void = () => undefined;

  constructor(options: CertificateKeeperOptions) {
    this.#options = options;
  }

  /** The certificate of a Rollout's host; undefined before the first. */
  filesOf({ host, acme }: GatewayTraffic): CertificateFiles | undefined {
    if (host === undefined || acme === undefined) return undefined;
    const path = this.#options.store.path({ host, directory: acme.directory });
    if (!this.#known.has(path) && !existsSync(path)) return undefined;
    this.#known.add(path);
    return { certificate: path, key: path };
  }

  /** What is in the way of certificates. */
  problems(): readonly string[] {
    return [...this.#problems.values()];
  }

  /** Something may be wanted that was not before. */
  poke(): void {
    this.#wake();
  }

  /** Looks after them until `signal`. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      await this.#look(signal).catch((cause: unknown) => {
        if (!signal.aborted) this.#options.tell(`certificates cannot be looked after: ${messageOf(cause)}`);
      });
      await Promise.race([woken, waitFor(LOOK_EVERY_MS, signal)]);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const wanted = wantedOf(await this.#options.rollouts());
    for (const key of this.#problems.keys()) if (!wanted.has(key)) this.#problems.delete(key);
    for (const [key, one] of wanted) {
      if (signal.aborted) return;
      await this.#keep(key, one, signal);
    }
  }

  async #keep(key: string, wanted: Wanted, signal: AbortSignal): Promise<void> {
    const { store, now } = this.#options;
    const [kept, tries] = await Promise.all([store.certificate(wanted), store.failedTries(wanted)]);
    // With other settings the next try may end otherwise.
    const failed = tries?.settings === settingsOf(wanted) ? tries : undefined;
    if (failed !== undefined) this.#problems.set(key, problem(wanted.host, kept, failed));
    if (now() < dueAtMs(kept, kept?.chance ?? 0, failed)) return;
    try {
      await store.put(wanted, await this.#order(wanted, signal));
      this.#problems.delete(key);
      this.#options.tell(`${wanted.host}: there is a new certificate`);
      for (const rollout of wanted.rollouts) this.#options.onCertificate(rollout);
    } catch (cause) {
      if (signal.aborted) return;
      const next = this.#nextTry(cause, wanted, failed);
      this.#problems.set(key, problem(wanted.host, kept, next));
      await store.putFailedTries(wanted, next);
      this.#options.tell(problem(wanted.host, kept, next));
    }
  }

  #nextTry(cause: unknown, wanted: Wanted, before: FailedTries | undefined): FailedTries {
    const { now, random } = this.#options;
    const failures = (before?.failures ?? 0) + 1;
    const askedForMs = cause instanceof RefusedByAuthority ? cause.retryAfterMs : undefined;
    const nextAtMs = now() + backOffMs(failures, random(), askedForMs);
    return { failures, reason: messageOf(cause), atMs: now(), nextAtMs, settings: settingsOf(wanted) };
  }

  async #order({ host, authority }: Wanted, signal: AbortSignal): Promise<string> {
    const { store, setChallenges } = this.#options;
    const { directory, ca, email } = authority;
    const accountKeyPem = await store.accountKey(directory);
    const prove = (proof: Omit<HostChallenge, 'host'>): Promise<void> =>
      setChallenges([{ host, ...proof }], signal);
    try {
      return await orderCertificate(
        { host, email, accountKeyPem, prove, authority: { directory, ca } },
        signal,
      );
    } finally {
      if (!signal.aborted) await setChallenges([], signal);
    }
  }
}

/** What Rollouts want, each host once for each authority. */
function wantedOf(rollouts: readonly Rollout[]): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const { name, traffic } of rollouts) {
    const { host, acme: authority } = gatewayOf(traffic) ?? {};
    if (host === undefined || authority === undefined) continue;
    const { directory } = authority;
    const key = `${host} ${directory}`;
    const others = wanted.get(key)?.rollouts ?? [];
    wanted.set(key, { host, directory, authority, rollouts: [...others, name] });
  }
  return wanted;
}

function settingsOf({ authority }: Wanted): string {
  return digestOf({ ...authority });
}

function problem(
  host: string,
  kept: Lifetime | undefined,
  { reason, nextAtMs }: { readonly reason: string; readonly nextAtMs: number },
): string {
  const state =
    kept === undefined
      ? 'has no certificate yet and is served without TLS'
      : `has a certificate until ${when(kept.untilMs)} that cannot be renewed`;
  return `${host} ${state}: ${reason}; the next try is at ${when(nextAtMs)}`;
}

function when(atMs: number): string {
  return new Date(atMs).toISOString();
}
