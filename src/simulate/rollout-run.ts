import { Failure, messageOf } from '../base/failure.ts';
import { isSameJson } from '../base/same-json.ts';
import type { Consequences, RolloutRecord } from '../controller/ports.ts';
import { reconcile } from '../controller/reconcile.ts';
import { requireCapabilities } from '../controller/capabilities.ts';
import { advance } from '../engine/advance.ts';
import type { EngineEvent } from '../engine/decision.ts';
import type { Observation, Route } from '../engine/observation.ts';
import { stepOf } from '../engine/look.ts';
import { NEW_STATUS, type ReleaseState } from '../engine/status.ts';
import { steer, type Command } from '../engine/steer.ts';
import type { RevisionId } from '../rollout/model.ts';
import { compilePlan } from '../strategy/compile.ts';
import { SIMULATED_CAPABILITIES } from './virtual-gateway.ts';
import { actWords, type Announcement } from './act-words.ts';
import { MemoryStore } from './memory-store.ts';
import type { Random } from './random.ts';
import { ReleaseBook } from './release-book.ts';
import type { SimulatedRollout } from './result.ts';
import type { Act, Subject } from './scenario/model.ts';
import { Surroundings } from './surroundings.ts';
import { EvidenceWatch, type TimelineEntry } from './timeline.ts';

/** What the run of one Rollout is made of. */
export interface RolloutRunParts {
  readonly subject: Subject;
  readonly random: Random;
  /** The least time between two looks at a release that is being judged. */
  readonly lookEveryMs: number;
  readonly tell: (entry: TimelineEntry) => void;
}

/** One Rollout in virtual time: the real loop around it, and everything else made up. */
export class RolloutRun {
  readonly subject: Subject;
  readonly #parts: RolloutRunParts;
  readonly #store: MemoryStore;
  readonly #surroundings: Surroundings;
  readonly #book: ReleaseBook;
  readonly #evidence = new EvidenceWatch();
  #record: RolloutRecord;
  #troubles = new Set<string>();

  constructor(parts: RolloutRunParts) {
    const { subject, random } = parts;
    const { rollout, versions } = subject;
    this.subject = subject;
    this.#parts = parts;
    if (rollout.traffic !== undefined) {
      const plan = compilePlan(rollout, { hasStable: true, direct: false });
      requireCapabilities(plan, rollout, SIMULATED_CAPABILITIES);
    }
    this.#surroundings = new Surroundings({
      subject,
      random,
      onRoute: (route) => {
        this.#tellRoute(route);
      },
    });
    this.#book = new ReleaseBook(this.#surroundings.users);
    this.#store = new MemoryStore((record, consequences) => {
      this.#saved(record, consequences);
    });
    const [{ name: stable }] = versions;
    this.#record = {
      rollout,
      document: '{}',
      generation: 1,
      wanted: { revision: stable, mode: 'strategy' },
      status: { ...NEW_STATUS, stable, phase: 'Healthy', message: `${stable} serves` },
      deleting: false,
      version: 0,
    };
  }

  /** Looks at the Rollout as the controller does; answers when to look again, Infinity when nothing would be new. */
  async look(atMs: number): Promise<number> {
    const around = this.#surroundings;
    this.#passTo(atMs);
    if (around.isAway('controller')) return around.nextChangeMs();
    const before = this.#record;
    const { record, seen, wakeInMs } = await reconcile(before, {
      store: this.#store,
      ports: around.ports,
      now: () => atMs,
      deadline: () => NO_DEADLINE,
      onTrouble: (what, cause) => {
        this.#tellTrouble(what, cause);
      },
    });
    if (this.#isBlind(seen)) this.#tellTrouble('the metrics cannot be read');
    const isSettled = record?.version === before.version && this.#isAtRest() && this.#isTimeless(seen, atMs);
    return isSettled ? around.nextChangeMs() : atMs + this.#pause(wakeInMs);
  }

  /** Does what the scenario says. */
  async act(act: Act): Promise<void> {
    this.#passTo(act.atMs);
    this.#troubles = new Set();
    this.#tell({ kind: 'scenario', message: actWords(act) });
    switch (act.kind) {
      case 'crash':
        this.#surroundings.workload.crash(act.version, act.replicas);
        return;
      case 'restartGateway':
        this.#surroundings.gateway.restart();
        return;
      case 'release':
      case 'steer':
        await this.#command(act);
        return;
    }
  }

  /** Tells of something that begins or ends by itself. */
  announce({ atMs, message }: Announcement): void {
    this.#passTo(atMs);
    this.#troubles = new Set();
    this.#tell({ kind: 'scenario', message });
  }

  /** What became of it, at the end of the simulation. */
  result(atMs: number): SimulatedRollout {
    this.#passTo(atMs);
    const { rollout, status } = this.#record;
    const { users } = this.#surroundings;
    return {
      name: rollout.name,
      phase: status.phase,
      message: status.message,
      ...(status.stable === undefined ? {} : { stable: status.stable }),
      releases: this.#book.releases(status.release, atMs),
      versions: Object.fromEntries(users.tallies),
      unanswered: users.unanswered,
    };
  }

  /** False while a release runs, and while stable is compared with itself. */
  #isAtRest(): boolean {
    const { rollout, status } = this.#record;
    const isCompared = rollout.analysis?.standingAA === true && rollout.traffic !== undefined;
    return status.release === undefined && !isCompared;
  }

  /** True when the passing of time alone decides nothing: the engine would say the same at any later moment. */
  #isTimeless(seen: Observation, atMs: number): boolean {
    const { rollout, status } = this.#record;
    const [now, later] = [atMs, atMs + LONG_MS].map((moment) => advance(rollout, status, seen, moment));
    return isSameJson(now?.status, later?.status) && isSameJson(now?.desired, later?.desired);
  }

  /** True while a release would be judged, and nothing was counted that it could be judged by. */
  #isBlind({ reading }: Observation): boolean {
    const { rollout, status } = this.#record;
    return status.release !== undefined && rollout.traffic !== undefined && reading === undefined;
  }

  #passTo(atMs: number): void {
    this.#surroundings.passTo(atMs, !this.#isAtRest());
  }

  #pause(wakeInMs: number): number {
    const { release } = this.#record.status;
    const isWaiting = release?.stage === 'wait' && release.direction.kind === 'forward';
    return isWaiting ? Math.max(wakeInMs, this.#parts.lookEveryMs) : wakeInMs;
  }

  async #command(act: Extract<Act, { readonly kind: 'release' | 'steer' }>): Promise<void> {
    try {
      const { record, events } =
        act.kind === 'release' ? released(this.#record, act.version) : steered(this.#record, act.command);
      await this.#store.save(record, { events });
    } catch (cause) {
      if (!(cause instanceof Failure) || !REFUSALS.includes(cause.code)) throw cause;
      this.#tell({ kind: 'trouble', message: cause.message });
    }
  }

  #saved(record: RolloutRecord, { events = [], ended }: Consequences): void {
    const before = this.#record;
    this.#record = record;
    const { release, phase, message } = record.status;
    if (release !== undefined) this.#book.note(release, this.#surroundings.now);
    for (const event of events) this.#tell({ kind: 'event', event });
    if (ended !== undefined) this.#book.close(ended);
    // An event says more than the phase it brings.
    if (phase !== before.status.phase && events.length === 0) this.#tell({ kind: 'phase', phase, message });
    if (release !== undefined) this.#tellEvidence(release);
  }

  #tellEvidence(release: ReleaseState): void {
    const { judgement } = release;
    if (judgement === undefined || !isJudging(release)) return;
    const step = stepOf(release).title;
    if (this.#evidence.isNew(step, judgement)) this.#tell({ kind: 'evidence', step, judgement });
  }

  #tellRoute({ parts }: Route): void {
    this.#tell({ kind: 'route', parts });
  }

  /** Told once until something else happens. */
  #tellTrouble(what: string, cause?: unknown): void {
    const message = cause === undefined ? what : `${what}: ${messageOf(cause)}`;
    if (this.#troubles.has(message)) return;
    this.#troubles.add(message);
    this.#tell({ kind: 'trouble', message });
  }

  #tell(what: Told): void {
    this.#parts.tell({ atMs: this.#surroundings.now, rollout: this.subject.rollout.name, ...what });
  }
}

/** Nothing that a Rollout may wait for at rest takes longer: ten years. */
const LONG_MS = 10 * 366 * 86_400_000;

/** Ports in virtual time answer at once. */
const NO_DEADLINE = new AbortController().signal;

/** An entry without what all entries have. */
type Told = TimelineEntry extends infer Entry
  ? Entry extends TimelineEntry
    ? Omit<Entry, 'atMs' | 'rollout'>
    : never
  : never;

/** What a user is told who asks for something at the wrong moment. */
const REFUSALS: readonly string[] = ['conflict', 'rejectedRevision'];

/** True while what the analysis says is about the step at hand. */
function isJudging({ stage, plan, step, direction }: ReleaseState): boolean {
  return stage === 'wait' && direction.kind === 'forward' && plan.steps[step]?.wait.kind === 'analyze';
}

interface Changed {
  readonly record: RolloutRecord;
  readonly events: readonly EngineEvent[];
}

function released(record: RolloutRecord, version: RevisionId): Changed {
  if (record.status.rejected.includes(version)) {
    throw new Failure('rejectedRevision', `${version} was rejected and is not released again`);
  }
  return { record: { ...record, wanted: { revision: version, mode: 'strategy' } }, events: [] };
}

function steered(record: RolloutRecord, command: Command): Changed {
  const { status, wanted = record.wanted, events } = steer(record.status, command);
  return { record: { ...record, status, ...(wanted === undefined ? {} : { wanted }) }, events };
}
