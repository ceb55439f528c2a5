import { messageOf } from '../../base/failure.ts';
import type { EndedRelease } from '../../engine/decision.ts';
import type { Status } from '../../engine/status.ts';
import { isApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { LABELS } from '../../kube/names.ts';
import { statusOf } from '../../kube/resource.ts';
import type { Log } from '../../telemetry/log.ts';
import type { ReleaseStatus } from '../crd/release.ts';
import { referenceTo, RELEASES, type ReleaseObject, type RolloutObject } from '../objects.ts';
import { releaseName } from '../release-name.ts';
import { progressOf } from '../status/rollout-status.ts';
import { packed, unpacked } from './packing.ts';

/** From which version to which. */
type Numbered = Pick<EndedRelease, 'number' | 'from' | 'to'>;

/** Keeps the releases of Rollouts as objects of their own: for people while they run, as history afterwards. */
export class Releases {
  readonly #client: KubeClient;
  readonly #log: Log;
  /** What was last written of each. */
  readonly #shown = new Map<string, string>();

  constructor(client: KubeClient, log: Log) {
    this.#client = client;
    this.#log = log;
  }

  /** Shows how the running release goes. It is for people: what cannot be written is tried again at the next change. */
  async show(of: RolloutObject, { release, phase, message }: Status, signal: AbortSignal): Promise<void> {
    if (release === undefined) return;
    const progress = progressOf(release);
    const uid = of.metadata.uid ?? '';
    const shown = [release.number, phase, progress.step, progress.weight].join(' ');
    if (this.#shown.get(uid) === shown) return;
    const startedAt = new Date(release.startedAt).toISOString();
    try {
      await this.#write(of, release, { status: { phase, message, ...progress, startedAt }, signal });
      this.#shown.set(uid, shown);
    } catch (cause) {
      this.#log.warn(`a Release cannot be written: ${messageOf(cause)}`, { rollout: of.metadata.name });
    }
  }

  /** Writes down how a release ended. Safe to repeat: a crash after it ends the same release again. */
  async end(of: RolloutObject, ended: EndedRelease, signal: AbortSignal): Promise<void> {
    const { outcome, reason, startedAt, endedAt } = ended;
    const status: ReleaseStatus = {
      outcome,
      reason,
      startedAt: new Date(startedAt).toISOString(),
      endedAt: new Date(endedAt).toISOString(),
      record: packed(JSON.stringify(ended)),
    };
    await this.#write(of, ended, { status, signal });
    this.#shown.delete(of.metadata.uid ?? '');
  }

  /** Those that have ended, newest first. */
  async ended(of: RolloutObject, signal: AbortSignal): Promise<readonly EndedRelease[]> {
    const objects = await this.#of(of, signal);
    const records = objects.flatMap(({ status }) => (status?.record === undefined ? [] : [status.record]));
    return records
      .map((text) => JSON.parse(unpacked(text)) as EndedRelease)
      .sort((a, b) => b.number - a.number);
  }

  /** Lets those go that are older than the kept ones. */
  async prune(of: RolloutObject, keep: number, signal: AbortSignal): Promise<void> {
    const objects = [...(await this.#of(of, signal))].sort((a, b) => b.spec.number - a.spec.number);
    for (const { metadata } of objects.slice(Math.max(1, keep))) {
      const { name, namespace } = metadata;
      await this.#client.delete(RELEASES, keyOf(name, namespace), signal);
    }
  }

  async #of({ metadata }: RolloutObject, signal: AbortSignal): Promise<readonly ReleaseObject[]> {
    const { namespace, name } = metadata;
    const labels = `${LABELS.rollout}=${name}`;
    const page = await this.#client.list(
      RELEASES,
      { labels, ...(namespace === undefined ? {} : { namespace }) },
      signal,
    );
    return page.items;
  }

  async #write(
    of: RolloutObject,
    release: Numbered,
    { status, signal }: { readonly status: ReleaseStatus; readonly signal: AbortSignal },
  ): Promise<void> {
    const { namespace, name } = of.metadata;
    const key = keyOf(releaseName(name, release.number), namespace);
    const there = (await this.#client.get(RELEASES, key, signal)) ?? (await this.#make(of, release, signal));
    await this.#client.replace(statusOf(RELEASES), { ...there, status }, signal);
  }

  async #make(
    of: RolloutObject,
    { number, from, to }: Numbered,
    signal: AbortSignal,
  ): Promise<ReleaseObject> {
    const { namespace, name, uid = '' } = of.metadata;
    const { apiVersion, kind } = referenceTo(of.metadata);
    const object: ReleaseObject = {
      metadata: {
        name: releaseName(name, number),
        ...(namespace === undefined ? {} : { namespace }),
        labels: { [LABELS.rollout]: name },
        ownerReferences: [{ apiVersion, kind, name, uid }],
      },
      spec: {
        rollout: name,
        number,
        ...(from === undefined ? {} : { from }),
        to,
      },
    };
    try {
      return await this.#client.create(RELEASES, object, signal);
    } catch (cause) {
      const there = await this.#client.get(RELEASES, keyOf(object.metadata.name, namespace), signal);
      if (!isApiError(cause, 'alreadyExists') || there === undefined) throw cause;
      return there;
    }
  }
}

function keyOf(name: string, namespace: string | undefined) {
  return { name, ...(namespace === undefined ? {} : { namespace }) };
}
