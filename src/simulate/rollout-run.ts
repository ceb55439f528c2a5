import { Failure, messageOf } from '../base/failure.ts';
import { isSameJson } from '../base/same-json.ts';
import type { Consequences, NeighbourPort, RolloutRecord } from '../controller/ports.ts';
import { reconcile } from '../controller/reconcile.ts';
import { requireCapabilities } from '../controller/capabilities.ts';
import { advance } from '../engine/advance.ts';
import type { EngineEvent } from '../engine/decision.ts';
import type { Observation, Route } from '../engine/observation.ts';
import { stepOf } from '../engine/look.ts';
import { NEW_STATUS, wantedIn, type ReleaseState, type Status } from '../engine/status.ts';
import { steer, type Steered } from '../engine/steer.ts';
import type { Wanted } from '../engine/wanted.ts';
import { compilePlan } from '../strategy/compile.ts';
import { SIMULATED_CAPABILITIES } from './virtual/gateway.ts';
import { actWords, type Announcement } from './act-words.ts';
import { MemoryStore } from './virtual/memory-store.ts';
import type { Random } from './random.ts';
import { ReleaseBook } from './release-book.ts';
import type { SimulatedRollout } from './result.ts';
import type { Act, Subject } from './scenario/model.ts';
import { Surroundings } from './surroundings.ts';
import type { Release } from './scenario/resolve-release.ts';
import { EvidenceWatch, ExperimentWatch, type TimelineEntry } from './timeline.ts';
import { standingAt, voted } from './virtual/voting.ts';

/** What the run of one Rollout is made of. */
export interface RolloutRunParts {
  readonly subject: Subject;
  readonly random: Random;
  /** The least time between two looks at a release that is being judged. */
  readonly lookEveryMs: number;
  /** What clocks show at the beginning. */
  readonly startsAt: number;
  /** The others. */
  readonly neighbours: NeighbourPort;
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
  readonly #experiment = new ExperimentWatch();
  #record: RolloutRecord;
  #troubles = new Set<string>();
  /** The approval that it stands at, and since when. */
  #standing: { readonly key: string; readonly sinceMs: number } | undefined;

  constructor(parts: RolloutRunParts) {
    const { subject, random, neighbours, startsAt } = parts;
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
      ...(rollout.gates.length === 0 ? {} : { neighbours }),
      onRoute: (route) => {
        this.#tellRoute(route);
      },
    });
    this.#book = new ReleaseBook(this.#surroundings.users, startsAt);
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

  /** What it remembers. */
  get status(): Status {
    return this.#record.status;
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
      now: () => this.#clockAt(atMs),
      deadline: () => NO_DEADLINE,
      onTrouble: (what, cause) => {
        this.#tellTrouble(what, cause);
      },
    });
    if (this.#isBlind(seen)) this.#tellTrouble('the metrics cannot be read');
    const isSettled = record?.version === before.version && this.#isAtRest() && this.#isTimeless(seen, atMs);
    if (isSettled) return around.nextChangeMs();
    return Math.min(atMs + this.#pause(wakeInMs), await this.#answerAt(atMs));
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
      case 'vote':
        await this.#command(act);
        return;
    }
  }

  /** What the scenario says at an approval that it stands at, once it is time; answers when that is, or to look again. */
  async #answerAt(atMs: number): Promise<number> {
    const { rollout, status } = this.#record;
    const standing = standingAt(rollout, status, this.subject.answers);
    if (standing === undefined) return Infinity;
    const { key, gate, answer, lacking } = standing;
    if (this.#standing?.key !== key) this.#standing = { key, sinceMs: atMs };
    const dueMs = this.#standing.sinceMs + answer.takesMs;
    if (atMs < dueMs) return dueMs;
    const { isYes } = answer;
    for (let left = isYes ? lacking : 1; left > 0; left -= 1)
      await this.act({ atMs, kind: 'vote', gate, isYes });
    return lacking > 0 ? atMs : Infinity;
  }

  #clockAt(atMs: number): number {
    return this.#parts.startsAt + atMs;
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
    const [now, later] = [atMs, atMs + LONG_MS].map((moment) =>
      advance(rollout, status, seen, this.#clockAt(moment)),
    );
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

  async #command(act: Extract<Act, { readonly kind: 'release' | 'steer' | 'vote' }>): Promise<void> {
    try {
      const { record, events } = changed(this.#record, act, this.#clockAt(act.atMs));
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
    if (release !== undefined) {
      this.#tellEvidence(release);
      this.#tellExperiment(release);
    }
  }

  #tellEvidence(release: ReleaseState): void {
    const { judgement } = release;
    if (judgement === undefined || !isJudging(release)) return;
    const step = stepOf(release).title;
    if (this.#evidence.isNew(step, judgement)) this.#tell({ kind: 'evidence', step, judgement });
  }

  #tellExperiment({ experiment }: ReleaseState): void {
    const judgement = experiment?.judgement;
    if (judgement === undefined || !this.#experiment.isNew(judgement)) return;
    this.#tell({ kind: 'experiment', judgement });
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
const REFUSALS: readonly string[] = ['conflict', 'rejectedRevision', 'notPermitted', 'notFound'];

/** True while what the analysis says is about the step at hand. */
function isJudging({ stage, plan, step, direction }: ReleaseState): boolean {
  return stage === 'wait' && direction.kind === 'forward' && plan.steps[step]?.wait.kind === 'analyze';
}

interface Changed {
  readonly record: RolloutRecord;
  readonly events: readonly EngineEvent[];
}

/** What a user's word makes of a Rollout. */
function changed(
  record: RolloutRecord,
  act: Extract<Act, { readonly kind: 'release' | 'steer' | 'vote' }>,
  at: number,
): Changed {
  switch (act.kind) {
    case 'release':
      return released(record, act);
    case 'steer':
      return steered(record, steer(record.status, act.command));
    case 'vote':
      return steered(record, voted(record.rollout, record.status, { given: act, at }));
  }
}

function released(
  record: RolloutRecord,
  { version, variants }: Pick<Release, 'version' | 'variants'>,
): Changed {
  const wanted: Wanted = {
    revision: version,
    ...(variants === undefined ? {} : { variants }),
    mode: 'strategy',
  };
  const before = wantedIn(wanted).find((one) => record.status.rejected.includes(one));
  if (before !== undefined) {
    throw new Failure('rejectedRevision', `${before} was rejected and is not released again`);
  }
  return { record: { ...record, wanted }, events: [] };
}

function steered(record: RolloutRecord, { status, wanted = record.wanted, events }: Steered): Changed {
  return { record: { ...record, status, ...(wanted === undefined ? {} : { wanted }) }, events };
}
