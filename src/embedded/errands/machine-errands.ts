import { join } from 'node:path';
import type { LogQuery } from '../../api/operations.ts';
import type { HookLine, TrialRequest, TriedListener } from '../../api/resources.ts';
import { inheritedEnvironment } from '../../base/environment.ts';
import { Failure, messageOf } from '../../base/failure.ts';
import type { Controller } from '../../controller/controller.ts';
import type { OutsidePort, Ports, RolloutRecord } from '../../controller/ports.ts';
import type { Errand } from '../../engine/errand.ts';
import { Errands, marksOf, type HookErrand } from '../../errands/errands.ts';
import { Notifier } from '../../notify/notifier.ts';
import { tryListeners } from '../../notify/trial.ts';
import type { Rollout } from '../../rollout/model.ts';
import { thisMachine } from '../../supervisor/machine.ts';
import { localSecrets, type Secrets } from '../../system/secret.ts';
import type { Log } from '../../telemetry/log.ts';
import type { RevisionCatalogue } from '../revision-catalogue.ts';
import { removeRuns, runCommand, sweepRuns } from './command.ts';
import { hookLog } from './hook-log.ts';

/** What errands need of the control process they are of; nothing is asked of it before the first of them is sent. */
export interface ErrandsSite {
  readonly options: { readonly dataDir: string; readonly log: Log };
  readonly catalogue: RevisionCatalogue;
  readonly controller: Pick<Controller, 'poke'>;
}

/** The errands of one control process, and the notices of its Rollouts. What is kept of commands is on the disk: `hooks/<rollout>/<key>`. */
export class MachineErrands {
  readonly #site: ErrandsSite;
  readonly #errands: Errands;
  readonly #notifier: Notifier;
  readonly #swept = new Set<string>();

  constructor(site: ErrandsSite) {
    this.#site = site;
    const secrets = localSecrets(process.env);
    const secretsOf = (): Secrets => secrets;
    const poke = (rollout: string): void => {
      site.controller.poke(rollout);
    };
    this.#errands = new Errands({ run: (order) => this.#run(order), secretsOf, onAnswer: poke });
    this.#notifier = new Notifier({ secretsOf, onDelivery: poke, now: Date.now });
  }

  /** The ports of one Rollout, as it is declared now. */
  portsOf(rollout: Rollout): Pick<Ports, 'outside' | 'notices'> {
    return { outside: this.#outsideOf(rollout), ...this.#notifier.portOf(rollout.name, rollout) };
  }

  #outsideOf(rollout: Rollout): OutsidePort {
    const port = this.#errands.portOf(rollout.name, rollout);
    return {
      ...port,
      apply: (errands, signal) => {
        this.#sweep(rollout.name, errands);
        return port.apply(errands, signal);
      },
    };
  }

  /** Ends what commands of a Rollout that is gone have started, and removes what is left of them. */
  async remove(rollout: string): Promise<void> {
    this.#swept.delete(rollout);
    await removeRuns(this.#directoryOf(rollout), thisMachine());
  }

  /** What the runs of a hook have written. Throws Failure `notFound` for what is none, or writes nothing here. */
  log(
    { name: rollout, hooks }: Rollout,
    query: Pick<LogQuery, 'follow'> & { readonly hook: string; readonly lines: number },
    signal: AbortSignal,
  ): AsyncIterable<HookLine> {
    const { hook } = query;
    const declared = hooks.find(({ name }) => name === hook);
    if (declared?.kind !== 'command') {
      const commands = hooks.filter(({ kind }) => kind === 'command').map(({ name }) => name);
      const reason =
        declared === undefined ? `${rollout} has no hook ${hook}` : `${hook} is a ${declared.kind}`;
      throw new Failure('notFound', `${reason}, so there is no output of it`, {
        hint:
          commands.length === 0 ? 'no hook of it is a command' : `hooks with output: ${commands.join(', ')}`,
      });
    }
    return hookLog({ directory: this.#directoryOf(rollout), rollout, hook }, query, signal);
  }

  /** Sends listeners a message that tells of nothing. Throws Failure `notFound` where there are none. */
  tryListeners(
    { rollout, status }: RolloutRecord,
    request: TrialRequest,
    signal: AbortSignal,
  ): Promise<readonly TriedListener[]> {
    const secretAt = localSecrets(process.env);
    return tryListeners({ rollout, status, ...request }, { secretAt, now: Date.now, signal });
  }

  /** Looks after nothing any more; commands go on. */
  close(): void {
    this.#errands.close();
    this.#notifier.close();
  }

  #directoryOf(rollout: string): string {
    return join(this.#site.options.dataDir, 'hooks', rollout);
  }

  /** Once in the life of a control process: what an earlier one has left. */
  #sweep(rollout: string, errands: readonly Errand[]): void {
    if (this.#swept.has(rollout)) return;
    this.#swept.add(rollout);
    const wanted = errands.map(({ key }) => key);
    sweepRuns(this.#directoryOf(rollout), wanted, thisMachine()).catch((cause: unknown) => {
      this.#site.options.log.warn(`what is left of hooks could not be cleared away: ${messageOf(cause)}`, {});
    });
  }

  async #run({ rollout: { name }, errand, hook, onAnswer, signal }: HookErrand): Promise<void> {
    if (hook.kind !== 'command') throw new Error(`a ${hook.kind} does not run on one machine`);
    const settings = this.#site.catalogue.settingsOf(name, errand.revision);
    if (settings === undefined) throw new Error(`nothing of revision ${errand.revision} is kept any more`);
    await runCommand({
      directory: join(this.#directoryOf(name), errand.key),
      command: hook.command,
      cwd: settings.cwd,
      env: { ...inheritedEnvironment(process.env), ...settings.env, ...marksOf(name, errand) },
      machine: thisMachine(),
      ...{ onAnswer, signal },
    });
  }
}
