import { atMost } from '../base/at-most.ts';
import { Failure } from '../base/failure.ts';
import { localWorkload } from '../rollout/local-workload.ts';
import type { JsonObject } from '../base/json.ts';
import { isSameJson } from '../base/same-json.ts';
import type { Condition } from '../api/conditions.ts';
import { decidedOf } from '../api/state-tag.ts';
import type { ApplyRequest, ApplyView, PlanView, ReleaseRequest } from '../api/resources.ts';
import { unknownRollout, type Controller } from '../controller/controller.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import { attributed, type Author } from '../engine/author.ts';
import { isServing, NEW_STATUS } from '../engine/status.ts';
import { isReleaseOf } from '../engine/variants.ts';
import type { Wanted } from '../engine/wanted.ts';
import { wayTo } from '../engine/window.ts';
import type { Rollout, Track } from '../rollout/model.ts';
import { resolveRollout } from '../rollout/resolve/rollout.ts';
import { revisionSettings } from '../rollout/revision.ts';
import { runsOf, type Run } from '../strategy/ab.ts';
import { removeAbandoned, removeOldLogs, removeUnused, type ClearingParts } from './clearing.ts';
import { refuseHiddenValues } from './hidden-values.ts';
import { currentOf, type Current } from './current.ts';
import { declared, declaring, draftOf, edited, withWorkloadField, type Draft } from './draft.ts';
import {
  changedMeanwhile,
  deletedMeanwhile,
  refuseBrokenPromise,
  refuseDeleting,
  refuseIncapable,
  refuseRejected,
  refuseServing,
  refuseTakenAddress,
  refuseUnfillable,
  refuseUnusableCertificate,
} from './refusals.ts';
import {
  BUILDS,
  isSameSource,
  nameRevision,
  stageRevision,
  type StagedRevision,
  type StagingParts,
} from './staging.ts';
import { membersOf, nextRelease } from './group.ts';
import { orderOf, requireIn, type Asking, type Order } from './order.ts';
import type { Declaration } from '../store/queries.ts';
import { isBehind, takenFor } from './taking.ts';
import { tombstone } from './tombstone.ts';

/** How often a declaration is computed anew because the Rollout's status was saved in between. */
const SAVE_ATTEMPTS = 20;

/** What deploying needs. */
export interface DeploymentParts extends StagingParts, ClearingParts {
  readonly controller: Controller;
  readonly now: () => number;
}

/** What was stored, and what an order made of it, before the revision was built. */
interface Drafted {
  readonly order: Order;
  readonly before: Current | undefined;
  readonly draft: Draft;
}

/** An order with its revisions made. */
interface Task extends Drafted {
  readonly staged: readonly StagedRun[];
}

/** A revision, with its role where several are compared. */
interface StagedRun extends StagedRevision {
  readonly track: Track | undefined;
}

type WantedRevisions = Pick<Wanted, 'revision' | 'variants'>;

/** Declaring Rollouts and releasing revisions of them. */
export class Deployment {
  readonly #parts: DeploymentParts;

  constructor(parts: Omit<DeploymentParts, 'builds'>) {
    this.#parts = { ...parts, builds: atMost(BUILDS) };
  }

  /** What a release of this document would do; nothing is kept. */
  async plan(document: JsonObject): Promise<PlanView> {
    const rollout = resolveRollout(document, 'embedded');
    const current = await currentOf(this.#parts.store, rollout.name);
    await this.#check(rollout, current);
    const wanted = await this.#nameRuns(runsOf(rollout, hasStable(current)));
    refuseServing(current, wanted);
    refuseBrokenPromise(rollout, current, wanted.revision);
    const from = current?.stored.status.stable;
    return {
      name: rollout.name,
      ...(from === undefined ? {} : { from }),
      to: wanted.revision,
      plan: wayTo({ ...wanted, mode: 'strategy' }, rollout, current?.stored.status ?? NEW_STATUS).plan,
      unchanged: isServing(current?.stored.status ?? NEW_STATUS, wanted),
      replicas: rollout.workload.replicas,
    };
  }

  /** Declares a Rollout, or changes it; a new revision is pinned, and released from then on. */
  async apply(
    { document, insist = false, dryRun = false }: ApplyRequest,
    by: Author,
    condition?: Condition,
  ): Promise<ApplyView> {
    const { name } = resolveRollout(document, 'embedded');
    const order = { name, edit: () => document, isWhole: true, insist, dryRun, by };
    return only(await this.#declare([{ ...order, ...(condition === undefined ? {} : { condition }) }]));
  }

  /** Releases the declared Rollout with another source, settings or environment. */
  async release(name: string, request: ReleaseRequest, by: Author): Promise<ApplyView> {
    const taken = await takenFor(request, this.#parts.store);
    return only(await this.#declare([orderOf(name, request, { by, taken })]));
  }

  /** Releases what has become stable in the Rollout that this one follows; does nothing when that is no news here. */
  async follow(name: string): Promise<void> {
    const { store } = this.#parts;
    const current = await currentOf(store, name);
    if (current !== undefined && (await isBehind(current, store)))
      await this.#declare([orderOf(name, {}, {})]);
  }

  /** Releases all Rollouts of a group as one, with the same differences: all of them are asked for, or none. */
  async releaseGroup(group: string, request: ReleaseRequest, by: Author): Promise<readonly ApplyView[]> {
    const { store } = this.#parts;
    const members = await membersOf(group, store);
    const taken = await takenFor(request, store);
    return this.#declare(
      members.map((name) => orderOf(name, request, { by, taken })),
      group,
    );
  }

  /** Changes how many processes serve. */
  scale(name: string, replicas: number, { by, condition }: Asking): Promise<RolloutRecord> {
    const { catalogue, controller } = this.#parts;
    return catalogue.alone(() =>
      controller.change(name, (record) => {
        condition?.require(decidedOf(record));
        refuseDeleting(name, record);
        const document = withWorkloadField(JSON.parse(record.document) as JsonObject, 'replicas', replicas);
        const next = edited(record, {
          text: JSON.stringify(document),
          rollout: resolveRollout(document, 'embedded'),
        });
        return { record: next, consequences: { events: declaring(record, next, by) } };
      }),
    );
  }

  /** Begins to wind a Rollout down; the controller does it, and then the record goes. */
  async condemn(name: string, { by, condition }: Asking): Promise<void> {
    const { catalogue, controller, store } = this.#parts;
    await catalogue.alone(async () => {
      const current = await currentOf(store, name);
      if (current === undefined) throw unknownRollout(name);
      condition?.require(decidedOf(current.stored));
      const events = attributed([{ type: 'Deleting' as const, message: 'it is wound down' }], by);
      if (current.rollout instanceof Failure) {
        const draft = draftOf(name, () => tombstone(name), current);
        await store.save({ ...edited(current.stored, draft), deleting: true }, { events });
        controller.poke(name);
      } else {
        await controller.change(name, (record) => {
          condition?.require(decidedOf(record));
          return { record: { ...record, deleting: true }, consequences: { events } };
        });
      }
    });
  }

  /** Removes revisions of a Rollout that neither runs, history nor a way back needs; all when it is gone. */
  removeUnused(name: string): Promise<void> {
    return removeUnused(name, this.#parts);
  }

  /** Removes what earlier control processes did not get to remove. */
  removeAbandoned(): Promise<void> {
    return removeAbandoned(this.#parts);
  }

  async #declare(orders: readonly Order[], group?: string): Promise<readonly ApplyView[]> {
    const drafts: Drafted[] = [];
    for (const order of orders) drafts.push(await this.#draft(order));
    if (orders.some(({ dryRun }) => dryRun)) return Promise.all(drafts.map((one) => this.#rehearse(one)));
    const tasks: Task[] = [];
    try {
      for (const drafted of drafts) {
        const { draft, order, before } = drafted;
        const staged: StagedRun[] = [];
        const task = { ...drafted, staged };
        tasks.push(task);
        for (const run of await this.#ranBy(order, draft.rollout, before))
          staged.push({ ...(await stageRevision(run.rollout, this.#parts)), track: run.track });
        const wanted = wantedOf(staged);
        refuseServing(before, wanted);
        if (!order.insist) refuseRelease(draft.rollout, before, wanted);
      }
      return await this.#commit(tasks, group);
    } finally {
      for (const { staged } of tasks) for (const one of staged) await one.discard();
      // What came of the order is what matters, also on a disk where nothing can be cleared away.
      await removeOldLogs(this.#parts).catch(() => undefined);
    }
  }

  async #draft(order: Order): Promise<Drafted> {
    const before = await currentOf(this.#parts.store, order.name);
    requireIn(order, before);
    const draft = draftOf(order.name, order.edit, before);
    await this.#check(draft.rollout, before);
    return { order, before, draft };
  }

  async #rehearse({ order, draft: { rollout }, before }: Drafted): Promise<ApplyView> {
    const wanted = await this.#nameRuns(await this.#ranBy(order, rollout, before));
    refuseServing(before, wanted);
    if (!order.insist) refuseRelease(rollout, before, wanted);
    return viewOf(order.name, before, wanted);
  }

  async #nameRuns(runs: readonly Run[]): Promise<WantedRevisions> {
    const named: Pick<StagedRun, 'id' | 'track'>[] = [];
    for (const { track, rollout } of runs)
      named.push({ track, id: await nameRevision(rollout, this.#parts) });
    return wantedOf(named);
  }

  async #commit(tasks: readonly Task[], group: string | undefined): Promise<readonly ApplyView[]> {
    const { catalogue, controller } = this.#parts;
    const views = await catalogue.holding(
      tasks.flatMap(({ staged }) => staged.map(({ id }) => id)),
      async () => {
        for (const { staged } of tasks) for (const one of staged) await one.commit();
        return catalogue.alone(() => this.#settle(tasks, group));
      },
    );
    // So that the releases have begun, and can be steered, when this answers.
    await Promise.all(tasks.map(({ order }) => controller.look(order.name)));
    return views;
  }

  /**
   * What the release runs that an order asks for. What is declared once more as it was begins no experiment:
   * that takes a release, another version, or another experiment.
   */
  async #ranBy(order: Order, rollout: Rollout, current: Current | undefined): Promise<readonly Run[]> {
    const runs = runsOf(rollout, hasStable(current));
    const isPlain = runs[0].rollout === rollout;
    if (isPlain || !order.isWhole || !isSameStrategy(rollout, current)) return runs;
    const asDeclared = await nameRevision(rollout, this.#parts);
    return current?.stored.wanted?.revision === asDeclared ? [{ rollout }] : runs;
  }

  /** Declares what is built, if that still fits what is stored by now. */
  async #settle(tasks: readonly Task[], group: string | undefined): Promise<readonly ApplyView[]> {
    const { store, catalogue, controller } = this.#parts;
    for (let attempt = 1; ; attempt += 1) {
      const together = group === undefined ? undefined : await nextRelease(group, store);
      const settled = await Promise.all(tasks.map((task) => this.#fit(task, together)));
      try {
        const revisions = settled.flatMap(({ declaration }) => declaration.revisions);
        await catalogue.pinning(revisions, () =>
          store.declare(settled.map(({ declaration }) => declaration)),
        );
        for (const { view } of settled) controller.poke(view.name);
        return settled.map(({ view }) => view);
      } catch (cause) {
        const isOutdated = cause instanceof Failure && cause.code === 'conflict';
        if (!isOutdated || attempt >= SAVE_ATTEMPTS) throw cause;
      }
    }
  }

  /** What is to be declared, given what is stored now. */
  async #fit(
    task: Task,
    together: string | undefined,
  ): Promise<{ readonly declaration: Declaration; readonly view: ApplyView }> {
    const { store, now } = this.#parts;
    const { order, staged } = task;
    const { name, insist, by } = order;
    const wanted = wantedOf(staged);
    const current = await currentOf(store, name);
    requireIn(order, current);
    const draft = redraft(task, current);
    await this.#check(draft.rollout, current);
    refuseServing(current, wanted);
    if (!insist) refuseRejected(current, wanted);
    const settings = revisionSettings(localWorkload(draft.rollout.workload));
    const common = { rollout: name, settings, createdAt: now() };
    const record = declared(current, draft, { ...wanted, insist, together, by });
    return {
      declaration: {
        record,
        consequences: { events: declaring(current?.stored, record, by) },
        revisions: staged.map(({ id, template }) => ({ id, template, ...common })),
      },
      view: viewOf(name, current, wanted),
    };
  }

  async #check(rollout: Rollout, current: Current | undefined): Promise<void> {
    if (current !== undefined) refuseDeleting(rollout.name, current.stored);
    await refuseTakenAddress(rollout, this.#parts.store);
    refuseIncapable(rollout);
    refuseUnfillable(rollout);
    refuseHiddenValues(rollout);
    await refuseUnusableCertificate(rollout);
  }
}

function only([view]: readonly ApplyView[]): ApplyView {
  if (view === undefined) throw new RangeError('one was ordered, and none was answered');
  return view;
}

/** Throws Failure for a release that is begun only when somebody insists. */
function refuseRelease(rollout: Rollout, current: Current | undefined, wanted: WantedRevisions): void {
  refuseRejected(current, wanted);
  refuseBrokenPromise(rollout, current, wanted.revision);
}

/** The draft that an order makes of what is stored by now; throws Failure `conflict` when the two do not go together. */
function redraft({ order, before, draft }: Task, current: Current | undefined): Draft {
  const { name, edit, isWhole } = order;
  if (before !== undefined && current === undefined) throw deletedMeanwhile(name);
  const text = current?.stored.document;
  // The text tells more than the generation, which starts again when a Rollout is deleted and declared anew.
  if (text === before?.stored.document) return draft;
  // Whoever asked for the very same is no obstacle.
  if (isWhole && text !== draft.text) throw changedMeanwhile(name);
  const next = draftOf(name, edit, current);
  if (!isSameSource(next.rollout.workload, draft.rollout.workload)) throw changedMeanwhile(name);
  return next;
}

function viewOf(name: string, before: Current | undefined, wanted: WantedRevisions): ApplyView {
  const { status } = before?.stored ?? { status: NEW_STATUS };
  const isRunning = status.release !== undefined && isReleaseOf(status.release, wanted);
  const released = !isRunning && !isServing(status, wanted);
  return { name, revision: wanted.revision, created: before === undefined, released };
}

/** What is wanted of these: of several the first, and all of them as variants. */
function wantedOf(runs: readonly Pick<StagedRun, 'id' | 'track'>[]): WantedRevisions {
  const [first, ...others] = runs;
  if (first === undefined) throw new RangeError('a release runs something');
  if (others.length === 0) return { revision: first.id };
  const variants = runs.flatMap(({ track, id }) => (track === undefined ? [] : [[track, id] as const]));
  return { revision: first.id, variants: Object.fromEntries(variants) };
}

function hasStable(current: Current | undefined): boolean {
  return current?.stored.status.stable !== undefined;
}

function isSameStrategy({ strategy }: Rollout, current: Current | undefined): boolean {
  const before = current?.rollout;
  return before !== undefined && !(before instanceof Failure) && isSameJson(strategy, before.strategy);
}
