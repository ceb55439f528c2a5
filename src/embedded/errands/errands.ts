import { join } from 'node:path';
import { inheritedEnvironment } from '../../base/environment.ts';
import { messageOf } from '../../base/failure.ts';
import type { OutsidePort } from '../../controller/ports.ts';
import type { Errand } from '../../engine/errand.ts';
import type { GateAnswer } from '../../engine/gates/answer.ts';
import type { RevisionId, Rollout } from '../../rollout/model.ts';
import { thisMachine } from '../../supervisor/machine.ts';
import type { ProcessSettings } from '../../supervisor/settings.ts';
import { LEAVE, removeRuns, runCommand, sweepRuns } from './command.ts';
import { askWebhook, callWebhook } from './webhook.ts';

/** What errands are run with. */
export interface ErrandsParts {
  /** What is kept of commands: `<directory>/<rollout>/<key>`. */
  readonly directory: string;
  /** Where and with what a revision runs. */
  readonly settingsOf: (rollout: string, revision: RevisionId) => ProcessSettings | undefined;
  /** Told of every answer. */
  readonly onAnswer: (rollout: string) => void;
  /** Told when what is left of earlier runs cannot be cleared away. */
  readonly onTrouble: (cause: unknown) => void;
}

interface UnderWay {
  readonly stop: AbortController;
  answer?: GateAnswer;
}

/** What is asked and run outside, of all Rollouts. It lives in memory; what must outlive it is on the disk. */
export class Errands {
  readonly #parts: ErrandsParts;
  readonly #swept = new Set<string>();
  readonly #byRollout = new Map<string, Map<string, UnderWay>>();

  constructor(parts: ErrandsParts) {
    this.#parts = parts;
  }

  /** The port of one Rollout, as it is declared now. */
  portOf(rollout: Rollout): OutsidePort {
    return {
      apply: (errands) => {
        this.#apply(rollout, errands);
        return Promise.resolve();
      },
      observe: () => Promise.resolve(this.#answers(rollout.name)),
    };
  }

  /** Ends what commands of a Rollout that is gone have started, and removes what is left of them. */
  async remove(rollout: string): Promise<void> {
    this.#swept.delete(rollout);
    await removeRuns(join(this.#parts.directory, rollout), thisMachine());
  }

  /** Looks after nothing any more; commands go on. */
  close(): void {
    for (const errands of this.#byRollout.values())
      for (const { stop } of errands.values()) stop.abort(LEAVE);
    this.#byRollout.clear();
  }

  /** Once in the life of a control process: what an earlier one has left. */
  #sweep(rollout: string, errands: readonly Errand[]): void {
    if (this.#swept.has(rollout)) return;
    this.#swept.add(rollout);
    const wanted = errands.map(({ key }) => key);
    sweepRuns(join(this.#parts.directory, rollout), wanted, thisMachine()).catch(this.#parts.onTrouble);
  }

  #apply(rollout: Rollout, errands: readonly Errand[]): void {
    this.#sweep(rollout.name, errands);
    const known = this.#byRollout.get(rollout.name) ?? new Map<string, UnderWay>();
    for (const [key, { stop }] of known) {
      if (errands.some((one) => one.key === key)) continue;
      stop.abort();
      known.delete(key);
    }
    for (const errand of errands) {
      if (!known.has(errand.key)) known.set(errand.key, this.#begin(rollout, errand));
    }
    if (known.size === 0) this.#byRollout.delete(rollout.name);
    else this.#byRollout.set(rollout.name, known);
  }

  #answers(rollout: string): Readonly<Record<string, GateAnswer>> {
    const answers: Record<string, GateAnswer> = {};
    for (const [key, { answer }] of this.#byRollout.get(rollout) ?? [])
      if (answer !== undefined) answers[key] = answer;
    return answers;
  }

  #begin(rollout: Rollout, errand: Errand): UnderWay {
    const gate = rollout.gates.find(({ name }) => errand.kind === 'gate' && name === errand.name);
    const stop = new AbortController();
    const underWay: UnderWay = { stop };
    const onAnswer = (answer: GateAnswer): void => {
      underWay.answer = answer;
      this.#parts.onAnswer(rollout.name);
    };
    const watch = { onAnswer, signal: stop.signal };
    const work =
      gate?.kind === 'webhook'
        ? askWebhook({ rollout: rollout.name, errand, webhook: gate, ...watch }, gate.everyMs)
        : this.#runHook(rollout, errand, watch);
    work.catch((cause: unknown) => {
      onAnswer({ kind: 'no', why: messageOf(cause) });
    });
    return underWay;
  }

  async #runHook(
    rollout: Rollout,
    errand: Errand,
    watch: { readonly onAnswer: (answer: GateAnswer) => void; readonly signal: AbortSignal },
  ): Promise<void> {
    const { name } = rollout;
    const hook = rollout.hooks.find((one) => errand.kind === 'hook' && one.name === errand.name);
    if (hook?.kind === 'webhook') await callWebhook({ rollout: name, errand, webhook: hook, ...watch });
    if (hook?.kind !== 'command') return;
    const settings = this.#parts.settingsOf(name, errand.revision);
    if (settings === undefined) throw new Error(`nothing of revision ${errand.revision} is kept any more`);
    await runCommand({
      directory: join(this.#parts.directory, name, errand.key),
      command: hook.command,
      cwd: settings.cwd,
      env: { ...inheritedEnvironment(process.env), ...settings.env, ...marksOf(name, errand) },
      machine: thisMachine(),
      ...watch,
    });
  }
}

function marksOf(
  rollout: string,
  { key, name, release, revision, stable, at }: Errand,
): Record<string, string> {
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
