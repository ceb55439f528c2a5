import { Failure } from '../base/failure.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import type { ApplyRequest, ApplyView, PlanView, ReleaseRequest } from '../api/resources.ts';
import { withSet } from '../config/set.ts';
import { requireCapabilities } from '../controller/capabilities.ts';
import { unknownRollout, type Controller } from '../controller/controller.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import { NEW_STATUS } from '../engine/status.ts';
import { withoutRejection } from '../engine/steer.ts';
import type { RevisionId, Rollout } from '../rollout/model.ts';
import { resolveRollout } from '../rollout/resolve.ts';
import type { Artefacts } from '../store/artefacts.ts';
import type { StateStore } from '../store/queries.ts';
import { compilePlan } from '../strategy/compile.ts';
import { GATEWAY_CAPABILITIES } from '../traffic/gateway.ts';
import type { RevisionCatalogue } from './revision-catalogue.ts';
import { stageRevision, type StagedRevision } from './staging.ts';

/** What deploying needs. */
export interface DeploymentParts {
  readonly store: StateStore;
  readonly artefacts: Artefacts;
  readonly catalogue: RevisionCatalogue;
  readonly controller: Controller;
  readonly now: () => number;
  /** Aborted when the control process ends. */
  readonly closing: AbortSignal;
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
    const record = await this.#parts.store.get(rollout.name);
    await this.#refuseTakenAddress(rollout);
    const staged = await stageRevision(rollout, this.#parts);
    await staged.discard();
    const from = record?.status.stable;
    const plan = compilePlan(rollout, { hasStable: from !== undefined, direct: false });
    requireCapabilities(plan, rollout, GATEWAY_CAPABILITIES);
    return {
      name: rollout.name,
      ...(from === undefined ? {} : { from }),
      to: staged.id,
      plan,
      unchanged: from === staged.id,
      replicas: rollout.workload.replicas,
    };
  }

  /** Declares a Rollout, or changes it; a new revision is pinned, and released from then on. */
  async apply(request: ApplyRequest): Promise<ApplyView> {
    const { document, insist = false, dryRun = false } = request;
    const rollout = resolveRollout(document);
    const { store } = this.#parts;
    const record = await store.get(rollout.name);
    if (record?.deleting === true) throw new Failure('conflict', `${rollout.name} is being deleted`);
    await this.#refuseTakenAddress(rollout);
    const plan = compilePlan(rollout, { hasStable: record?.status.stable !== undefined, direct: false });
    requireCapabilities(plan, rollout, GATEWAY_CAPABILITIES);
    const staged = await stageRevision(rollout, this.#parts);
    try {
      if (!insist) refuseRejected(record, staged.id);
      if (dryRun) return viewOf(rollout.name, record, staged.id);
      await this.#pin(rollout, staged);
      await this.#declare(rollout, document, { revision: staged.id, insist });
    } finally {
      await staged.discard();
    }
    return viewOf(rollout.name, record, staged.id);
  }

  /** Releases the declared Rollout with another source, settings or environment. */
  async release(name: string, request: ReleaseRequest): Promise<ApplyView> {
    const record = await this.#parts.store.get(name);
    if (record === undefined) throw unknownRollout(name);
    let document = JSON.parse(record.document) as JsonObject;
    if (request.from !== undefined) document = withProcessField(document, 'from', request.from);
    if (request.envFiles !== undefined) document = withProcessField(document, 'envFiles', request.envFiles);
    if (request.set !== undefined) document = withSet(document, request.set);
    return this.apply({ document, ...(request.insist === undefined ? {} : { insist: request.insist }) });
  }

  /** Removes artefacts and revisions that neither runs, history nor a way back needs any more. */
  async removeUnused(record: RolloutRecord): Promise<void> {
    const { status, wanted, rollout } = record;
    const kept = new Set<RevisionId>();
    for (const id of [
      status.stable,
      status.previous,
      status.release?.to,
      status.release?.from,
      wanted?.revision,
    ]) {
      if (id !== undefined) kept.add(id);
    }
    for (const { from, to } of await this.#parts.store.releases(rollout.name)) {
      kept.add(to);
      if (from !== undefined) kept.add(from);
    }
    await this.#parts.catalogue.keepOnly(rollout.name, kept);
  }

  async #pin(rollout: Rollout, staged: StagedRevision): Promise<void> {
    const { store, catalogue, now } = this.#parts;
    await staged.commit();
    await store.putRevision({
      id: staged.id,
      rollout: rollout.name,
      template: staged.template,
      createdAt: now(),
    });
    await catalogue.add(rollout.name, staged.id);
  }

  async #declare(
    rollout: Rollout,
    document: JsonObject,
    to: { revision: RevisionId; insist: boolean },
  ): Promise<void> {
    const { store, controller } = this.#parts;
    const text = JSON.stringify(document);
    const wanted = { revision: to.revision, mode: 'strategy' } as const;
    if ((await store.get(rollout.name)) === undefined) {
      const record: RolloutRecord = {
        rollout,
        document: text,
        generation: 1,
        wanted,
        status: NEW_STATUS,
        deleting: false,
        version: 0,
      };
      await store.save(record, {});
      controller.poke(rollout.name);
      return;
    }
    await controller.change(rollout.name, (record) => {
      const isSameDocument = record.document === text;
      return {
        record: {
          ...record,
          rollout,
          document: text,
          generation: record.generation + (isSameDocument ? 0 : 1),
          // Wanted already: how it is to be released (an undo goes at once) stays as it was said.
          wanted: record.wanted?.revision === to.revision ? record.wanted : wanted,
          status: to.insist ? withoutRejection(record.status, to.revision) : record.status,
        },
      };
    });
  }

  async #refuseTakenAddress({ name, traffic }: Rollout): Promise<void> {
    if (traffic === undefined) return;
    const owner = (await this.#parts.store.list()).find(({ rollout: other }) => {
      const isSame = other.traffic?.host === traffic.host && other.traffic?.path === traffic.path;
      return other.name !== name && isSame;
    });
    if (owner === undefined) return;
    const where = `${traffic.host ?? 'any host'}, path ${traffic.path}`;
    throw new Failure('conflict', `${name} wants ${where}, which ${owner.rollout.name} has`, {
      hint: 'give one of them another traffic.gateway.host or path',
    });
  }
}

function refuseRejected(record: RolloutRecord | undefined, revision: RevisionId): void {
  if (record?.status.rejected.includes(revision) !== true) return;
  const why =
    record.status.lastOutcome?.revision === revision ? ` (${record.status.lastOutcome.reason})` : '';
  throw new Failure('rejectedRevision', `${revision} was rejected before${why}`, {
    hint: 'release a changed version, or this one again with --insist or `coalmine retry NAME`',
  });
}

function viewOf(name: string, before: RolloutRecord | undefined, revision: RevisionId): ApplyView {
  const current = [before?.status.stable, before?.status.release?.to];
  return { name, revision, created: before === undefined, released: !current.includes(revision) };
}

/** The document with one field of its process workload replaced. */
export function withProcessField(document: JsonObject, field: string, value: JsonObject[string]): JsonObject {
  const spec = isJsonObject(document['spec']) ? document['spec'] : {};
  const workload = isJsonObject(spec['workload']) ? spec['workload'] : {};
  const process = isJsonObject(workload['process']) ? workload['process'] : {};
  return {
    ...document,
    spec: { ...spec, workload: { ...workload, process: { ...process, [field]: value } } },
  };
}
