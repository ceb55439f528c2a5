import type { KeptRevision } from '../api/revision-views.ts';
import type { Environment } from '../base/environment.ts';
import { Failure } from '../base/failure.ts';
import { oneAtATime } from '../base/one-at-a-time.ts';
import type { RevisionId } from '../rollout/model.ts';
import type { ContainerTemplate } from '../rollout/revision.ts';
import type { Artefacts } from '../store/artefacts/artefacts.ts';
import type { StateStore } from '../store/queries.ts';
import type { StoredRevision } from '../store/rows/revision.ts';
import type { ProcessSettings } from '../supervisor/settings.ts';
import type { Containers } from './containers.ts';

/** What is pinned of a revision. */
interface Pinned extends Pick<StoredRevision, 'template' | 'settings'> {
  readonly env: Environment;
}

/** The revisions that can be started, in memory, because the supervisor cannot wait for a disk. */
export class RevisionCatalogue {
  /** Held by whoever decides, by what is stored, which revisions are needed: declaring, and clearing away. */
  readonly alone = oneAtATime();
  readonly #artefacts: Artefacts;
  readonly #containers: Pick<Containers, 'processes'>;
  readonly #store: StateStore;
  readonly #pinned = new Map<string, Pinned>();
  /** Artefacts that are being made or declared, with the number of those who do. */
  readonly #held = new Map<RevisionId, number>();

  constructor(artefacts: Artefacts, store: StateStore, containers: Pick<Containers, 'processes'>) {
    this.#containers = containers;
    this.#artefacts = artefacts;
    this.#store = store;
  }

  /** Reads every revision; once, before any Rollout is looked after. */
  async load(): Promise<void> {
    for (const row of await this.#store.listRevisions()) {
      const env = await this.#artefacts.environmentOf(row.id);
      if (env !== undefined) this.#pinned.set(keyOf(row.rollout, row.id), { ...row, env });
    }
  }

  /**
   * How a revision's processes are started: what was pinned of it, its probes and limits too. Undefined when
   * nothing of it is kept.
   */
  settingsOf(rollout: string, id: RevisionId): ProcessSettings | undefined {
    const pinned = this.#pinned.get(keyOf(rollout, id));
    if (pinned === undefined) return undefined;
    const { template, env, settings } = pinned;
    const cwd = this.#artefacts.directoryOf(id);
    // Written by us from a validated workload, as what follows is.
    const containers = template as unknown as ContainerTemplate;
    if (template['kind'] === 'container')
      return this.#containers.processes({ template: containers, settings, env, cwd });
    return {
      ...settings,
      command: template['command'] as readonly string[],
      cwd: typeof template['live'] === 'string' ? template['live'] : cwd,
      env,
    };
  }

  /** True for a revision that can be started. */
  has(rollout: string, id: RevisionId): boolean {
    return this.#pinned.has(keyOf(rollout, id));
  }

  /** What is kept of each revision of a Rollout: its template with its variables in place of their digest. */
  async kept(rollout: string): Promise<readonly KeptRevision[]> {
    return (await this.#store.listRevisions(rollout)).map(({ id, createdAt, template }) => {
      const pinned = this.#pinned.get(keyOf(rollout, id));
      const { environment: _, ...code } = template;
      const shown = pinned === undefined ? code : { ...code, environment: pinned.env };
      return { id, createdAt, isKept: pinned !== undefined, template: shown };
    });
  }

  /** Throws Failure `notFound` when a revision can no longer be started. */
  require(rollout: string, id: RevisionId): void {
    if (this.has(rollout, id)) return;
    throw new Failure('notFound', `nothing of revision ${id} is kept any more`, {
      hint: 'release it again from its source, and keep more history (`history.keep`) to go back further',
    });
  }

  /** Keeps artefacts from being cleared away while they are made and declared, although nobody has them yet. */
  async holding<T>(ids: readonly RevisionId[], work: () => Promise<T>): Promise<T> {
    // An artefact of this name may just be going.
    await this.alone(() => {
      for (const id of ids) this.#hold(id, 1);
      return Promise.resolve();
    });
    try {
      return await work();
    } finally {
      for (const id of ids) this.#hold(id, -1);
    }
  }

  /**
   * Saves Rollouts that are to run revisions. A revision can be started from before it is saved on, since a look may
   * come at once; one that was known keeps its settings until then.
   */
  async pinning<T>(revisions: readonly StoredRevision[], save: () => Promise<T>): Promise<T> {
    const [revision, ...others] = revisions;
    if (revision === undefined) return save();
    return this.#pinningOne(revision, () => this.pinning(others, save));
  }

  async #pinningOne<T>(revision: StoredRevision, save: () => Promise<T>): Promise<T> {
    const env = await this.#artefacts.environmentOf(revision.id);
    if (env === undefined) {
      throw new Failure('conflict', `the copy of ${revision.id} was removed before it was declared`, {
        hint: 'try again',
      });
    }
    const key = keyOf(revision.rollout, revision.id);
    const isNew = !this.#pinned.has(key);
    if (isNew) this.#pinned.set(key, { ...revision, env });
    try {
      const saved = await save();
      this.#pinned.set(key, { ...revision, env });
      return saved;
    } catch (cause) {
      if (isNew) this.#pinned.delete(key);
      throw cause;
    }
  }

  /** Forgets a revision of a Rollout; its artefact goes with the next sweep, if no other Rollout has it. */
  async drop(rollout: string, id: RevisionId): Promise<void> {
    this.#pinned.delete(keyOf(rollout, id));
    await this.#store.deleteRevision(rollout, id);
  }

  /** Removes the artefacts that no Rollout has: equal templates are one revision, in several Rollouts too. */
  async sweep(): Promise<void> {
    const needed = new Set((await this.#store.listRevisions()).map(({ id }) => id));
    for (const id of await this.#artefacts.list()) {
      if (!needed.has(id) && !this.#held.has(id)) await this.#artefacts.remove(id);
    }
  }

  /** Removes the logs of failed builds, but for the newest `keep`. */
  async sweepLogs(keep: number): Promise<void> {
    await this.#artefacts.removeFailedLogs(keep, (id) => this.#held.has(id));
  }

  #hold(id: RevisionId, change: 1 | -1): void {
    const count = (this.#held.get(id) ?? 0) + change;
    if (count > 0) this.#held.set(id, count);
    else this.#held.delete(id);
  }
}

function keyOf(rollout: string, id: RevisionId): string {
  return `${rollout}/${id}`;
}
