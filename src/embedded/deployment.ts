import { Failure } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import type { ApplyRequest, ApplyView, PlanView, ReleaseRequest } from '../api/resources.ts';
import { unknownRollout, type Controller } from '../controller/controller.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import type { RevisionId, Rollout } from '../rollout/model.ts';
import { resolveRollout } from '../rollout/resolve.ts';
import { revisionSettings } from '../rollout/revision.ts';
import { compilePlan } from '../strategy/compile.ts';
import { removeAbandoned, removeUnused, type ClearingParts } from './clearing.ts';
import { refuseHiddenValues } from './hidden-values.ts';
import { currentOf, type Current } from './current.ts';
import { declared, draftOf, edited, releaseEdit, withProcessField, type Draft, type Edit } from './draft.ts';
import {
  changedMeanwhile,
  deletedMeanwhile,
  refuseDeleting,
  refuseIncapable,
  refuseRejected,
  refuseTakenAddress,
} from './refusals.ts';
import {
  isSameSource,
  nameRevision,
  stageRevision,
  type StagedRevision,
  type StagingParts,
} from './staging.ts';
import { tombstone } from './tombstone.ts';

/** How often a declaration is computed anew because the Rollout's status was saved in between. */
const SAVE_ATTEMPTS = 20;

/** What deploying needs. */
export interface DeploymentParts extends StagingParts, ClearingParts {
  readonly controller: Controller;
  readonly now: () => number;
}

/** What is asked for. */
interface Order {
  readonly name: string;
  readonly edit: Edit;
  /** True: the document is given as a whole, so it must not be put over somebody else's change. */
  readonly isWhole: boolean;
  readonly insist: boolean;
  readonly dryRun: boolean;
}

/** An order with its revision made. */
interface Task {
  readonly order: Order;
  /** What was stored, and what the order made of it, before the revision was built. */
  readonly before: Current | undefined;
  readonly draft: Draft;
  readonly staged: StagedRevision;
}

/** Declaring Rollouts and releasing revisions of them. */
export class Deployment {
  readonly #parts: DeploymentParts;

  constructor(parts: DeploymentParts) {
    this.#parts = parts;
  }

  /** What a release of this document would do; nothing is kept. */
  async plan(document: JsonObject): Promise<PlanView> {
    const rollout = resolveRollout(document);
    const current = await currentOf(this.#parts.store, rollout.name);
    await this.#check(rollout, current);
    const to = await nameRevision(rollout, this.#parts);
    const from = current?.stored.status.stable;
    return {
      name: rollout.name,
      ...(from === undefined ? {} : { from }),
      to,
      plan: compilePlan(rollout, { hasStable: from !== undefined, direct: false }),
      unchanged: from === to,
      replicas: rollout.workload.replicas,
    };
  }

  /** Declares a Rollout, or changes it; a new revision is pinned, and released from then on. */
  async apply({ document, insist = false, dryRun = false }: ApplyRequest): Promise<ApplyView> {
    const { name } = resolveRollout(document);
    return this.#declare({ name, edit: () => document, isWhole: true, insist, dryRun });
  }

  /** Releases the declared Rollout with another source, settings or environment. */
  release(name: string, request: ReleaseRequest): Promise<ApplyView> {
    const { insist = false } = request;
    return this.#declare({ name, edit: releaseEdit(name, request), isWhole: false, insist, dryRun: false });
  }

  /** Changes how many processes serve. */
  scale(name: string, replicas: number): Promise<RolloutRecord> {
    const { catalogue, controller } = this.#parts;
    return catalogue.alone(() =>
      controller.change(name, (record) => {
        refuseDeleting(name, record);
        const document = withProcessField(JSON.parse(record.document) as JsonObject, 'replicas', replicas);
        return {
          record: edited(record, { text: JSON.stringify(document), rollout: resolveRollout(document) }),
        };
      }),
    );
  }

  /** Begins to wind a Rollout down; the controller does it, and then the record goes. */
  async condemn(name: string): Promise<void> {
    const { catalogue, controller, store } = this.#parts;
    await catalogue.alone(async () => {
      const current = await currentOf(store, name);
      if (current === undefined) throw unknownRollout(name);
      if (current.rollout instanceof Failure) {
        const draft = draftOf(name, () => tombstone(name), current);
        await store.save({ ...edited(current.stored, draft), deleting: true }, {});
        controller.poke(name);
      } else {
        await controller.change(name, (record) => ({ record: { ...record, deleting: true } }));
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

  async #declare(order: Order): Promise<ApplyView> {
    const { store, catalogue, controller } = this.#parts;
    const before = await currentOf(store, order.name);
    const draft = draftOf(order.name, order.edit, before);
    await this.#check(draft.rollout, before);
    if (order.dryRun) return this.#rehearse(order, draft, before);
    const staged = await stageRevision(draft.rollout, this.#parts);
    try {
      if (!order.insist) refuseRejected(before, staged.id);
      const view = await catalogue.holding(staged.id, async () => {
        await staged.commit();
        return catalogue.alone(() => this.#settle({ order, before, draft, staged }));
      });
      // So that the release has begun, and can be steered, when this answers.
      await controller.look(order.name);
      return view;
    } finally {
      await staged.discard();
    }
  }

  async #rehearse(order: Order, { rollout }: Draft, current: Current | undefined): Promise<ApplyView> {
    const id = await nameRevision(rollout, this.#parts);
    if (!order.insist) refuseRejected(current, id);
    return viewOf(order.name, current, id);
  }

  /** Declares what is built, if that still fits what is stored by now. */
  async #settle(task: Task): Promise<ApplyView> {
    const { store, catalogue, controller, now } = this.#parts;
    const { order, staged } = task;
    const { name, insist } = order;
    for (let attempt = 1; ; attempt += 1) {
      const current = await currentOf(store, name);
      const draft = redraft(task, current);
      await this.#check(draft.rollout, current);
      if (!insist) refuseRejected(current, staged.id);
      const record = declared(current, draft, { revision: staged.id, insist });
      const { id, template } = staged;
      const settings = revisionSettings(draft.rollout.workload);
      const revision = { id, rollout: name, template, settings, createdAt: now() };
      try {
        await catalogue.pinning(revision, () => store.declare(record, revision));
        controller.poke(name);
        return viewOf(name, current, id);
      } catch (cause) {
        const isOutdated = cause instanceof Failure && cause.code === 'conflict';
        if (!isOutdated || attempt >= SAVE_ATTEMPTS) throw cause;
      }
    }
  }

  async #check(rollout: Rollout, current: Current | undefined): Promise<void> {
    if (current !== undefined) refuseDeleting(rollout.name, current.stored);
    await refuseTakenAddress(rollout, this.#parts.store);
    refuseIncapable(rollout);
    refuseHiddenValues(rollout);
  }
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

function viewOf(name: string, before: Current | undefined, revision: RevisionId): ApplyView {
  const status = before?.stored.status;
  const current = [status?.stable, status?.release?.to];
  return { name, revision, created: before === undefined, released: !current.includes(revision) };
}
