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
  /** What was last written of the running release of each Rollout, by its uid. */
  readonly #written = new Map<string, Written>();

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
    if (this.#written.get(uid)?.shown === shown) return;
    const startedAt = new Date(release.startedAt).toISOString();
    try {
      const status = { phase, message, ...progress, startedAt };
      this.#written.set(uid, { object: await this.#write(of, release, { status, signal }), shown });
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
    this.#written.delete(of.metadata.uid ?? '');
  }

  /** The object of one of them; undefined: there is none. */
  async find(
    { metadata }: RolloutObject,
    number: number,
    signal: AbortSignal,
  ): Promise<ReleaseObject | undefined> {
    const { uid = '', namespace, name } = metadata;
    const known = this.#written.get(uid)?.object;
    if (known?.spec.number === number) return known;
    return this.#client.get(RELEASES, keyOf(releaseName(name, number), namespace), signal);
  }

  /** Those that have ended, newest first. */
  async ended(of: RolloutObject, signal: AbortSignal): Promise<readonly EndedRelease[]> {
    const objects = await this.#of(of, signal);
    const records = objects.flatMap(({ status }) => (status?.record === undefined ? [] : [status.record]));
    return records
      .map((text) => JSON.parse(unpacked(text)) as EndedRelease)
      .sort((a, b) => b.number - a.number);
  }

  /** Lets those go that are older than the kept ones, once `ended` was written down. */
  async prune(
    of: RolloutObject,
    { ended, keep }: { readonly ended: EndedRelease; readonly keep: number },
    signal: AbortSignal,
  ): Promise<void> {
    if (ended.number <= keep) return;
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

  async #write(of: RolloutObject, release: Numbered, writing: Writing): Promise<ReleaseObject> {
    const { uid = '', namespace, name } = of.metadata;
    const known = this.#written.get(uid)?.object;
    if (known?.spec.number !== release.number) {
      const object = await this.#make(of, release, writing.signal);
      // Known from now on, whatever comes of the rest.
      this.#written.set(uid, { object, shown: '' });
      return this.#replace(object, writing);
    }
    try {
      return await this.#replace(known, writing);
    } catch (cause) {
      if (!isApiError(cause, 'conflict', 'notFound')) throw cause;
      const key = keyOf(releaseName(name, release.number), namespace);
      const there = await this.#client.get(RELEASES, key, writing.signal);
      return this.#replace(there ?? (await this.#make(of, release, writing.signal)), writing);
    }
  }

  #replace(there: ReleaseObject, { status, signal }: Writing): Promise<ReleaseObject> {
    return this.#client.replace(statusOf(RELEASES), { ...there, status }, signal);
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

/** A release as it was last written, and what it showed then. */
interface Written {
  readonly object: ReleaseObject;
  readonly shown: string;
}

interface Writing {
  readonly status: ReleaseStatus;
  readonly signal: AbortSignal;
}

function keyOf(name: string, namespace: string | undefined) {
  return { name, ...(namespace === undefined ? {} : { namespace }) };
}
