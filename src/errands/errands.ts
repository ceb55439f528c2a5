import { messageOf } from '../base/failure.ts';
import type { OutsidePort } from '../controller/ports.ts';
import type { Errand } from '../engine/errand.ts';
import type { GateAnswer } from '../engine/gates/answer.ts';
import type { Hook } from '../rollout/model-outside.ts';
import type { Rollout } from '../rollout/model.ts';
import type { Secrets } from '../system/secret.ts';
import { askWebhook, callWebhook } from './webhook.ts';

/** Why an errand is no longer looked at, although it goes on: the control process ends. */
export const LEAVE = 'leave';

/** A hook that is no request. */
export type RunHook = Exclude<Hook, { readonly kind: 'webhook' }>;

/** Something to be run outside. */
export interface HookErrand {
  readonly rollout: Rollout;
  readonly errand: Errand;
  readonly hook: RunHook;
  readonly onAnswer: (answer: GateAnswer) => void;
  /** Aborted: nobody wants it any more, and what it has started ends; `LEAVE` as the reason: only not looked at. */
  readonly signal: AbortSignal;
}

/** What errands are run with. */
export interface ErrandsParts {
  /** Runs a hook to its end; what it throws is a no. */
  readonly run: (order: HookErrand) => Promise<void>;
  /** Where the secrets of a Rollout are. */
  readonly secretsOf: (rollout: Rollout) => Secrets;
  /** Told of every answer, by the key of the Rollout. */
  readonly onAnswer: (key: string) => void;
}

interface UnderWay {
  readonly stop: AbortController;
  answer?: GateAnswer;
}

/** What is asked and run outside, of all Rollouts. It lives in memory; what must outlive it is kept by who runs it. */
export class Errands {
  readonly #parts: ErrandsParts;
  readonly #byRollout = new Map<string, Map<string, UnderWay>>();

  constructor(parts: ErrandsParts) {
    this.#parts = parts;
  }

  /** The port of one Rollout, as it is declared now, under the key that it is known by. */
  portOf(key: string, rollout: Rollout): OutsidePort {
    return {
      apply: (errands) => {
        this.#apply({ key, rollout }, errands);
        return Promise.resolve();
      },
      observe: () => Promise.resolve(this.#answers(key)),
    };
  }

  /** Looks after nothing any more; what runs goes on. */
  close(): void {
    for (const errands of this.#byRollout.values())
      for (const { stop } of errands.values()) stop.abort(LEAVE);
    this.#byRollout.clear();
  }

  #apply(of: { readonly key: string; readonly rollout: Rollout }, errands: readonly Errand[]): void {
    const known = this.#byRollout.get(of.key) ?? new Map<string, UnderWay>();
    for (const [key, { stop }] of known) {
      if (errands.some((one) => one.key === key)) continue;
      stop.abort();
      known.delete(key);
    }
    for (const errand of errands) {
      if (!known.has(errand.key)) known.set(errand.key, this.#begin(of, errand));
    }
    if (known.size === 0) this.#byRollout.delete(of.key);
    else this.#byRollout.set(of.key, known);
  }

  #answers(rollout: string): Readonly<Record<string, GateAnswer>> {
    const answers: Record<string, GateAnswer> = {};
    for (const [key, { answer }] of this.#byRollout.get(rollout) ?? [])
      if (answer !== undefined) answers[key] = answer;
    return answers;
  }

  #begin({ key, rollout }: { readonly key: string; readonly rollout: Rollout }, errand: Errand): UnderWay {
    const stop = new AbortController();
    const underWay: UnderWay = { stop };
    const onAnswer = (answer: GateAnswer): void => {
      underWay.answer = answer;
      this.#parts.onAnswer(key);
    };
    this.#work(rollout, errand, { onAnswer, signal: stop.signal }).catch((cause: unknown) => {
      onAnswer({ kind: 'no', why: messageOf(cause) });
    });
    return underWay;
  }

  async #work(
    rollout: Rollout,
    errand: Errand,
    watch: Pick<HookErrand, 'onAnswer' | 'signal'>,
  ): Promise<void> {
    const { kind, name } = errand;
    const asked = { rollout: rollout.name, errand, secretAt: this.#parts.secretsOf(rollout), ...watch };
    if (kind === 'gate') {
      const gate = rollout.gates.find((one) => one.name === name);
      if (gate?.kind === 'webhook') await askWebhook({ ...asked, webhook: gate }, gate.everyMs);
      return;
    }
    const hook = rollout.hooks.find((one) => one.name === name);
    if (hook?.kind === 'webhook') await callWebhook({ ...asked, webhook: hook });
    else if (hook !== undefined) await this.#parts.run({ rollout, errand, hook, ...watch });
  }
}

/** What a hook is told of its errand, as variables. */
export function marksOf(
  rollout: string,
  { key, name, release, revision, stable, at }: Errand,
): Readonly<Record<string, string>> {
  return {
    COALMINE_ROLLOUT: rollout,
    COALMINE_RELEASE: String(release),
    COALMINE_REVISION: revision,
    ...(stable === undefined ? {} : { COALMINE_STABLE: stable }),
    COALMINE_HOOK: name,
    COALMINE_AT: at,
    COALMINE_IDEMPOTENCY_KEY: key,
  };
}
