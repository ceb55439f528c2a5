import { Failure } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import type { Environment } from '../base/environment.ts';
import type { RevisionId, Rollout } from '../rollout/model.ts';
import type { Artefacts } from '../store/artefacts.ts';
import type { StateStore } from '../store/queries.ts';
import type { ProcessSettings } from '../supervisor/settings.ts';

/** What is pinned of a revision. */
interface Pinned {
  readonly template: JsonObject;
  readonly env: Environment;
}

/** The revisions that can be started, in memory, because the supervisor cannot wait for a disk. */
export class RevisionCatalogue {
  readonly #artefacts: Artefacts;
  readonly #store: StateStore;
  readonly #pinned = new Map<string, Pinned>();

  constructor(artefacts: Artefacts, store: StateStore) {
    this.#artefacts = artefacts;
    this.#store = store;
  }

  /** Reads every revision; once, before any Rollout is looked after. */
  async load(): Promise<void> {
    for (const { rollout, id } of await this.#store.listRevisions()) await this.add(rollout, id);
  }

  /** Reads one revision that was just pinned. */
  async add(rollout: string, id: RevisionId): Promise<void> {
    const row = await this.#store.getRevision(rollout, id);
    const env = await this.#artefacts.environmentOf(id);
    if (row !== undefined && env !== undefined)
      this.#pinned.set(keyOf(rollout, id), { template: row.template, env });
  }

  /**
   * How a revision's processes are started: what was pinned, with the probes and limits the Rollout declares
   * now. Undefined when nothing of it is kept.
   */
  settingsOf(rollout: Rollout, id: RevisionId): ProcessSettings | undefined {
    const pinned = this.#pinned.get(keyOf(rollout.name, id));
    if (pinned === undefined) return undefined;
    const { ready, live, stop, limits, restart, from } = rollout.workload;
    return {
      // Written by us from a validated workload.
      command: pinned.template['command'] as readonly string[],
      cwd: 'live' in from ? from.live : this.#artefacts.directoryOf(id),
      env: pinned.env,
      stop,
      limits,
      restart,
      ...(ready === undefined ? {} : { ready }),
      ...(live === undefined ? {} : { live }),
    };
  }

  /** Throws Failure `notFound` when a revision can no longer be started. */
  require(rollout: string, id: RevisionId): void {
    if (this.#pinned.has(keyOf(rollout, id))) return;
    throw new Failure('notFound', `nothing of revision ${id} is kept any more`, {
      hint: 'release it again from its source, and keep more history (`history.keep`) to go back further',
    });
  }

  /** Removes all that is kept of a Rollout's revisions but these. */
  async keepOnly(rollout: string, kept: ReadonlySet<RevisionId>): Promise<void> {
    for (const { id } of await this.#store.listRevisions(rollout)) {
      if (kept.has(id)) continue;
      await this.#store.deleteRevision(rollout, id);
      this.#pinned.delete(keyOf(rollout, id));
      // Equal templates are the same revision, in another Rollout too.
      const isShared = (await this.#store.listRevisions()).some((other) => other.id === id);
      if (!isShared) await this.#artefacts.remove(id);
    }
  }
}

function keyOf(rollout: string, id: RevisionId): string {
  return `${rollout}/${id}`;
}
