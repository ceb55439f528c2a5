import { setTimeout as pause } from 'node:timers/promises';
import { Failure, messageOf } from '../base/failure.ts';
import { Controller, type ControllerOptions } from '../controller/controller.ts';
import type { Ports, RolloutRecord } from '../controller/ports.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Voter } from '../engine/gates/approval.ts';
import { Errands } from '../errands/errands.ts';
import { keyIn, keyText, type KubeObject, type ObjectKey } from '../kube/object.ts';
import { Notifier } from '../notify/notifier.ts';
import type { Rollout } from '../rollout/model.ts';
import type { Secrets } from '../system/secret.ts';
import { deadlineIn, sharedDeadline } from '../system/waiting.ts';
import type { Log } from '../telemetry/log.ts';
import { AnalysisTemplates } from './analysis-templates.ts';
import { clusterSecrets } from './cluster-secrets.ts';
import { answerTo, commandsIn, obeyed, requireSeen, type Ordered } from './commands.ts';
import type { Concern } from './watching/concerns.ts';
import { factsOf, type Adoption, type FactParts } from './facts.ts';
import { runJob } from './job-hook.ts';
import { Measuring } from './measuring.ts';
import type { ClusterRouter } from '../traffic/cluster/router.ts';
import type { Config, Deployment } from '../workloads/deployment/objects.ts';
import { neighbourPort } from './neighbours.ts';
import { namesTemplate, ownerOf, type RolloutObject } from './objects.ts';
import { routingPorts, type RouteChange } from './routing/route-change.ts';
import { withTraffic } from './routing/routing.ts';
import { findNames } from './routing/track-names.ts';
import { voterOf } from './seal.ts';
import { Announcements } from './store/announcements.ts';
import { Releases } from './store/releases.ts';
import { routedBefore } from './store/routed.ts';
import { ClusterStore } from './store/store.ts';
import { Teller } from './store/teller.ts';
import { TickKeeper } from './ticks/tick-keeper.ts';
import { WatchedRollouts } from './watching/watched-rollouts.ts';

/** What runs and routes a Rollout in a cluster. */
export interface Providers {
  /** The Deployment of a Rollout. */
  workloadOf(object: RolloutObject, rollout: Rollout): Adoption & Ports['workload'];
  /** What divides its traffic; undefined for workers. */
  routerOf(object: RolloutObject, rollout: Rollout): ClusterRouter | undefined;
  /** Watches what looks are made of, and tells what has changed. Settles once the signal is aborted. */
  run(onChange: (concern: Concern) => void, signal: AbortSignal): Promise<void>;
  /** True once looking asks nobody for what it watches. */
  readonly isComplete: boolean;
  /** A Deployment as it was last seen. */
  deployment(key: ObjectKey): Deployment | undefined;
  /** A Secret as it is now; undefined: there is none. */
  secret(key: ObjectKey, signal: AbortSignal): Promise<Config | undefined>;
}

/** What the operator is made of. */
export interface RuntimeOptions {
  readonly client: KubeClient;
  /** Absent: all of the cluster. */
  readonly namespace?: string;
  readonly providers: Providers;
  /** The key of the installation, which commands are sealed with; absent: no seal is believed. */
  readonly key?: string;
  readonly log: Log;
  /** Has the controller watched; absent: nobody watches it. */
  readonly watching?: (options: ControllerOptions) => ControllerOptions;
}

/** How long the API server may take with one request of a look, in milliseconds. */
const REQUEST_MS = 15_000;
/** Of one step Kubernetes tells a few times: of the ReplicaSet, of each pod, of the Deployment. */
const GATHER_MS = 25;
/** All that matters is watched: looking at what is at rest is for what nobody has thought of. */
const REST_MS = 300_000;
/** What stands in the way may go without anything here being told. */
const STUCK_LOOK_MS = 30_000;
/** An operator that ends has so long to tell what has happened last. */
const LAST_WORDS_MS = 3_000;
const START_LOOK_MS = 20;
/** How often a command is tried anew when somebody else has saved. */
const ATTEMPTS = 10;

/** The Kubernetes composition: what is declared in a cluster, looked after by the one controller. */
export class OperatorRuntime {
  readonly store: ClusterStore;
  readonly controller: Controller;
  readonly #options: RuntimeOptions;
  readonly #rollouts: WatchedRollouts;
  readonly #measuring: Measuring;
  readonly #templates: AnalysisTemplates;
  readonly #announcements: Announcements;
  readonly #ticks: TickKeeper;
  readonly #errands: Errands;
  readonly #notifier: Notifier;
  readonly #closing = new AbortController();
  readonly #phases = new Map<string, string>();
  /** What went wrong last, by Rollout: what goes on going wrong is told once. */
  readonly #troubles = new Map<string, string>();
  #watches: Promise<unknown> = Promise.resolve();
  #stuckLook: NodeJS.Timeout | undefined;

  constructor(options: RuntimeOptions) {
    const { client, log } = options;
    this.#options = options;
    const deadline = sharedDeadline(REQUEST_MS);
    this.#measuring = new Measuring((key) => options.providers.secret(key, deadline()));
    this.#errands = this.#newErrands();
    this.#notifier = this.#newNotifier();
    this.#rollouts = this.#watched();
    this.#templates = new AnalysisTemplates({
      ...options,
      onChange: (template) => {
        this.#templateChanged(template);
      },
    });
    const releases = new Releases(client, log);
    this.#ticks = new TickKeeper({ client, releases, log, deadline });
    this.#announcements = new Announcements({ releases, teller: new Teller(client, log), deadline });
    this.store = new ClusterStore({
      ...{ client, deadline, now: Date.now },
      ...{ releases, announcements: this.#announcements, ticks: this.#ticks },
      rollouts: {
        get: (key) => this.#rollouts.get(keyIn(key)),
        keys: () => this.#rollouts.all().map(keyOf),
      },
      factsOf: (object, before) => factsOf(object, before, this.#factParts(deadline)),
    });
    this.controller = this.#newController();
  }

  #newController(): Controller {
    const parts: ControllerOptions = {
      store: this.store,
      portsOf: (rollout) => this.#portsOf(rollout),
      now: Date.now,
      restMs: REST_MS,
      gatherMs: GATHER_MS,
      onTrouble: (key, what, cause) => {
        this.#trouble(key, `${what}: ${messageOf(cause)}`);
      },
      onLook: (key, record) => {
        this.#looked(key, record);
      },
    };
    return new Controller(this.#options.watching?.(parts) ?? parts);
  }

  #newErrands(): Errands {
    const { client } = this.#options;
    return new Errands({
      run: (order) => {
        const object = this.store.entry(keyText(order.rollout))?.object;
        if (object === undefined) throw new RangeError(`${order.rollout.name} is not there any more`);
        return runJob({ client, owner: ownerOf(object.metadata) }, order);
      },
      secretsOf: (rollout) => this.#secretsOf(rollout),
      onAnswer: (key) => {
        this.controller.poke(key);
      },
    });
  }

  #newNotifier(): Notifier {
    return new Notifier({
      secretsOf: (rollout) => this.#secretsOf(rollout),
      onDelivery: (key) => {
        this.controller.poke(key);
      },
      now: Date.now,
    });
  }

  #secretsOf({ namespace = 'default' }: Rollout): Secrets {
    const { providers } = this.#options;
    return clusterSecrets(namespace, (key) => providers.secret(key, deadlineIn(REQUEST_MS))).secretAt;
  }

  #watched(): WatchedRollouts {
    return new WatchedRollouts({
      ...this.#options,
      onChange: ({ now, before }) => {
        const object = now ?? before;
        if (object === undefined) return;
        this.#rolloutChanged(object);
        if (now?.status?.phase !== before?.status?.phase) this.#pokeWaiting(object);
      },
    });
  }

  #factParts(deadline: () => AbortSignal): FactParts {
    const { client, providers } = this.#options;
    return {
      client,
      deadline,
      rivalsOf: (object) => this.#rollouts.rivalsOf(object),
      template: (namespace, name) => this.#templates.find(namespace, name),
      deployment: (key) => providers.deployment(key),
      adoptionOf: (object, rollout) => providers.workloadOf(object, rollout),
      routerOf: (object, rollout) => providers.routerOf(object, rollout),
    };
  }

  /** True while everything that is to be seen is in sight. */
  get isReady(): boolean {
    return this.#rollouts.hasSynced && this.#options.providers.isComplete;
  }

  /** Begins to look after everything; answers once all that there is has been seen. */
  async start(signal: AbortSignal): Promise<void> {
    const { providers } = this.#options;
    const closing = this.#closing.signal;
    this.#watches = Promise.all([
      this.#rollouts.run(closing),
      this.#templates.run(closing),
      providers.run((concern) => {
        this.#changed(concern);
      }, closing),
    ]);
    while (!this.isReady && !signal.aborted) await pause(START_LOOK_MS);
    for (const object of this.#rollouts.all()) this.#rolloutChanged(object);
    this.#stuckLook = setInterval(() => {
      for (const key of this.#rollouts.all().map(keyOf))
        if (!this.#phases.has(key) || this.store.entry(key)?.refused !== undefined) this.controller.poke(key);
    }, STUCK_LOOK_MS);
    this.#stuckLook.unref();
  }

  /** Stops looking. What runs goes on running. */
  async stop(): Promise<void> {
    clearInterval(this.#stuckLook);
    await this.controller.stop();
    await this.#announcements.allTold(deadlineIn(LAST_WORDS_MS));
    await this.#ticks.allWritten(deadlineIn(LAST_WORDS_MS));
    this.#closing.abort();
    await this.#watches;
    this.#errands.close();
    this.#notifier.close();
    await this.#measuring.close();
  }

  #rolloutChanged(object: RolloutObject): void {
    const key = keyOf(object);
    if (!this.isReady) return;
    this.controller.poke(key);
    this.#obey(key).catch((cause: unknown) => {
      this.#trouble(key, `a command cannot be done: ${messageOf(cause)}`);
    });
  }

  #templateChanged({ metadata: { namespace, name } }: KubeObject): void {
    if (!this.isReady) return;
    for (const rollout of this.#rollouts.all()) {
      const isNear = namespace === undefined || rollout.metadata.namespace === namespace;
      if (isNear && namesTemplate(rollout, name)) this.controller.poke(keyOf(rollout));
    }
  }

  /** Those of the namespace that stand at a gate: it may be what they wait for. */
  #pokeWaiting({ metadata }: RolloutObject): void {
    if (!this.isReady) return;
    for (const other of this.#rollouts.waitingIn(metadata.namespace))
      if (other.metadata.name !== metadata.name) this.controller.poke(keyOf(other));
  }

  #changed(concern: Concern): void {
    if (!this.isReady) return;
    for (const rollout of this.#rollouts.concerned(concern)) this.controller.poke(keyOf(rollout));
  }

  #portsOf(rollout: Rollout): Ports {
    const key = keyText(rollout);
    const object = this.store.entry(key)?.object;
    if (object === undefined) throw new RangeError(`${key} was looked at, and is not there`);
    const { providers } = this.#options;
    const router = providers.routerOf(object, rollout);
    const change = this.#routeChange(key, rollout);
    const workload = providers.workloadOf(object, rollout);
    return {
      workload,
      metrics: this.#measuring.metricsOf(key, rollout, findNames(workload, router)),
      outside: this.#errands.portOf(key, rollout),
      ...this.#notifier.portOf(key, rollout),
      neighbours: neighbourPort(rollout, this.store),
      ...routingPorts(router, change),
    };
  }

  /** What its traffic was before it was edited, as long as that is steered. */
  #routeChange(key: string, rollout: Rollout): RouteChange | undefined {
    const entry = this.store.entry(key);
    const routed = entry && routedBefore(entry);
    if (entry === undefined || routed === undefined) return undefined;
    return {
      before: this.#options.providers.routerOf(entry.object, withTraffic(rollout, routed)),
      note: async () => {
        await this.store.noteRouted(key);
        this.controller.poke(key);
      },
    };
  }

  #looked(key: string, record: RolloutRecord | undefined): void {
    this.#troubles.delete(key);
    if (record !== undefined) {
      this.#phases.set(key, record.status.phase);
      return;
    }
    this.#phases.delete(key);
    this.#measuring.forget(key);
  }

  #trouble(key: string, message: string): void {
    if (this.#troubles.get(key) === message) return;
    this.#troubles.set(key, message);
    this.#options.log.warn(message, { rollout: key });
  }

  /** Does the commands that have no answer yet, one after the other. */
  async #obey(key: string): Promise<void> {
    const entry = this.store.entry(key);
    if (entry === undefined) return;
    for (const command of commandsIn(entry.object))
      if (!this.#isAnswered(key, command)) await this.#do(key, command);
  }

  #isAnswered(key: string, command: Ordered): boolean {
    return this.store.entry(key)?.answers.some(({ id }) => id === command.id) ?? true;
  }

  /** Each change of the Rollout begins with its commands anew: what another of them has done is not done again. */
  async #do(key: string, command: Ordered): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const record = await this.store.get(key);
      if (record === undefined || this.#isAnswered(key, command)) return;
      try {
        await this.#tryTo(record, command);
        this.controller.poke(key);
        return;
      } catch (cause) {
        if (attempt >= ATTEMPTS) throw cause;
      }
    }
  }

  #voterOf({ rollout, status }: RolloutRecord, command: Ordered): Voter | undefined {
    const uid = this.store.entry(keyText(rollout))?.object.metadata.uid ?? '';
    return voterOf(command, { uid, release: status.release?.number, key: this.#options.key });
  }

  async #tryTo(record: RolloutRecord, command: Ordered): Promise<void> {
    let next: ReturnType<typeof obeyed>;
    try {
      requireSeen(command, record);
      next = obeyed(record, command, { at: Date.now(), voter: this.#voterOf(record, command) });
    } catch (refusal) {
      if (!(refusal instanceof Failure)) throw refusal;
      await this.store.saveAnswered(record, {}, answerTo(command, refusal));
      return;
    }
    await this.store.saveAnswered(next.record, next.consequences, answerTo(command));
  }
}

function keyOf({ metadata: { name, namespace = 'default' } }: KubeObject): string {
  return keyText({ namespace, name });
}
