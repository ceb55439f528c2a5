import { FULL_SHARE, fractionOf } from '../../base/share.ts';
import type { Route, RoutePart } from '../../engine/observation.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { inPointOrder, partAt } from '../../gateway/routing/assign.ts';
import { shareOf } from './audience.ts';
import { conditionsOf, type Conditions } from './conditions.ts';
import { shapeOf, shareBeyond, shiftOf, slowedShare, type LatencyShape } from './latency-shape.ts';
import { rateAt } from './load.ts';
import { Newcomers, touchedShare } from './newcomers.ts';
import type { Random } from '../random.ts';
import type { Subject, Version } from '../scenario/model.ts';
import { emptyTally, type Tally } from '../tally.ts';
import type { Answers } from '../virtual/served-counts.ts';
import type { VirtualGateway } from '../virtual/gateway.ts';
import type { VirtualProcess } from '../virtual/process.ts';
import type { VirtualWorkload } from '../virtual/workload.ts';

/** What users send their requests to. */
export interface UsersParts {
  readonly subject: Subject;
  readonly workload: VirtualWorkload;
  readonly gateway: VirtualGateway;
  readonly random: Random;
  readonly isGatewayAway: () => boolean;
}

/** A time in which nothing changes. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  /** False: nobody reads what the gateway counts of it. */
  readonly isCounted: boolean;
}

interface Answered extends Answers {
  /** How many fail under these conditions. */
  readonly errorRatio: number;
}

/** Whose answers are counted where. */
interface Sending {
  readonly span: Span;
  /** Requests per second that the version gets for all reasons. */
  readonly rate: number;
  readonly onAnswers: (answers: Answered, batch: Batch) => void;
}

/** A version in its role. */
type Receiver = Pick<RoutePart, 'track' | 'revision'>;

/** A part of the route, what it gets of all requests, and why. */
interface Parted {
  readonly part: RoutePart;
  /** Of those who are left by the matches before it, whom its own fits. */
  readonly fitting: number;
  /** By match or weight. */
  readonly all: number;
}

/** Requests of one version in one span. */
interface Batch extends Sending {
  readonly version: Version;
}

/** Everybody who sends requests, and how they fared. */
export class Users {
  /** Requests that reached no version: there was no gateway, or no route. */
  unanswered = 0;
  readonly #parts: UsersParts;
  readonly #tallies = new Map<RevisionId, Tally>();
  readonly #newcomers: Newcomers;
  /** True: a check asks how many users met with a failed request. */
  readonly #isByUser: boolean;
  /** What each part of the route gets, while that is served. */
  #divided: { readonly route: Route; readonly parts: readonly Parted[] } | undefined;

  constructor(parts: UsersParts) {
    const { rollout, users } = parts.subject;
    this.#parts = parts;
    this.#newcomers = new Newcomers({ rollout: rollout.name, habits: users, random: parts.random });
    const checks = rollout.analysis?.checks ?? [];
    this.#isByUser = checks.some(({ metric }) => metric.kind === 'errors' && metric.per === 'user');
  }

  /** How the users of a version fared. */
  tallyOf(revision: RevisionId): Tally {
    const known = this.#tallies.get(revision);
    if (known !== undefined) return known;
    const tally = emptyTally();
    this.#tallies.set(revision, tally);
    return tally;
  }

  /** By version. */
  get tallies(): ReadonlyMap<RevisionId, Tally> {
    return this.#tallies;
  }

  /** Sends the requests of a span. */
  send(span: Span): void {
    const { subject, gateway, random, isGatewayAway } = this.#parts;
    const rate = rateAt(subject.load, (span.fromMs + span.toMs) / 2);
    const requests = random.poisson((rate * (span.toMs - span.fromMs)) / 1_000);
    if (isGatewayAway() || gateway.route.parts.length === 0) {
      this.unanswered += requests;
      return;
    }
    const parts = this.#parted();
    let left = requests;
    for (const one of parts) {
      if (one.fitting === 0) continue;
      const matched = random.binomial(left, one.fitting);
      left -= matched;
      this.#serveUsers(matched, one, { span, rate, isMatched: true });
    }
    const drawn = left;
    let weightLeft: number = FULL_SHARE;
    for (const one of parts) {
      const { weight } = one.part;
      if (weight === 0) continue;
      const share = random.binomial(left, Math.min(1, weight / weightLeft));
      left -= share;
      weightLeft -= weight;
      this.#serveUsers(share, one, { span, rate, isMatched: false });
    }
    this.unanswered += left;
    this.#copy(requests, { span, rate });
    if (span.isCounted) this.#meet(drawn, span, rate);
  }

  /** Matches decide first, in the order of the parts; weights divide the rest. */
  #parted(): readonly Parted[] {
    const { subject, gateway } = this.#parts;
    const { route } = gateway;
    if (route === this.#divided?.route) return this.#divided.parts;
    let left = 1;
    const matched = route.parts.map((part) => {
      const fitting = part.match === undefined ? 0 : shareOf(part.match, subject.audience);
      const own = left * fitting;
      left -= own;
      return { part, fitting, matched: own };
    });
    const parts = matched.map((one) => ({
      part: one.part,
      fitting: one.fitting,
      all: one.matched + left * fractionOf(one.part.weight),
    }));
    this.#divided = { route, parts };
    return parts;
  }

  #serveUsers(
    requests: number,
    { part, all }: Parted,
    { span, rate, isMatched }: Pick<Sending, 'span' | 'rate'> & { readonly isMatched: boolean },
  ): void {
    const { gateway } = this.#parts;
    this.#serve(requests, part, {
      span,
      rate: rate * all,
      onAnswers: (answers, batch) => {
        this.#tell(answers, batch);
        if (!span.isCounted) return;
        gateway.count(part, answers, isMatched);
        // In an experiment users are drawn.
        const isAssigned = !isMatched && gateway.experiment === undefined;
        if (isAssigned) gateway.countsOf(part, false).assign(answers.requests);
        this.#see(part, answers, isMatched);
      },
    });
  }

  /** Users who sent these requests, where somebody asks for them. */
  #see(part: RoutePart, { requests, errorRatio }: Answered, isMatched: boolean): void {
    if (!this.#isByUser) return;
    const { gateway, random, subject } = this.#parts;
    const seen = random.binomial(requests, 1 / subject.users.requestsEach);
    const failed = random.binomial(seen, touchedShare(errorRatio, subject.users));
    gateway.countsOf(part, isMatched).see(seen, failed);
  }

  /** Those who come for the first time in the experiment that is served, and what they do. */
  #meet(requests: number, span: Span, rate: number): void {
    const { gateway } = this.#parts;
    const { experiment } = gateway;
    if (experiment === undefined) return;
    const parts = inPointOrder(this.#parted().map(({ part, all }) => ({ ...part, all })));
    let left = gateway.isFull ? 0 : this.#newcomers.among(requests, experiment.counting);
    const doing = parts.map((part) => this.#doersOf(part, span, rate * part.all));
    for (; left > 0; left -= 1) {
      const { point, hash, mood } = this.#newcomers.next(experiment.id);
      const place = partAt(parts, point);
      const part = parts[place];
      if (part === undefined) continue;
      gateway.countsOf(part, false).assign(1);
      gateway.meet(part, hash, mood < (doing[place] ?? 0));
    }
  }

  /** The share of a version's users who do what is counted in the experiment. */
  #doersOf({ revision, track }: RoutePart, span: Span, rate: number): number {
    const { subject, workload, gateway } = this.#parts;
    const version = subject.versions.find(({ name }) => name === revision);
    if (version === undefined) return 0;
    const processes = workload.processesOf(version.name, track);
    const ready = processes.filter((process) => process.isReady).length;
    const alike = this.#alike(processes, { version, span, perSecond: rate / Math.max(1, ready) });
    const mean = (of: (conditions: Conditions) => number): number =>
      alike.reduce((sum, { conditions, places }) => sum + of(conditions) * places, 0) / Math.max(1, ready);
    const failing = ready === 0 ? 1 : mean(({ errorRatio }) => errorRatio);
    const { harm } = gateway.route.experiment ?? {};
    if (harm === undefined) return version.conversionRatio * (1 - failing);
    if ('failed' in harm) return touchedShare(failing, subject.users);
    const slow = mean(({ slowness }) => shareBeyond(shapeOfVersion(version), harm.slowerThanMs / slowness));
    return touchedShare(slow, subject.users);
  }

  /** Copies are nobody's requests; what they are compared with is drawn as if it were answered once more. */
  #copy(requests: number, { span, rate }: Pick<Sending, 'span' | 'rate'>): void {
    const { gateway, random } = this.#parts;
    const { parts, mirrors = [] } = gateway.route;
    for (const mirror of mirrors) {
      const copies = random.binomial(requests, fractionOf(mirror.share));
      const sending = { span, rate: rate * fractionOf(mirror.share) };
      this.#serve(copies, mirror, {
        ...sending,
        onAnswers: (answers) => {
          if (span.isCounted) gateway.countCopies(mirror, answers);
        },
      });
      this.#serve(copies, parts[0], {
        ...sending,
        onAnswers: (answers) => {
          if (span.isCounted) gateway.countOriginals(mirror, answers);
        },
      });
    }
  }

  #serve(requests: number, to: Receiver | undefined, sending: Sending): void {
    const { subject, workload, random } = this.#parts;
    const { span, rate } = sending;
    const version = subject.versions.find(({ name }) => name === to?.revision);
    if (version === undefined || requests === 0) return;
    const batch: Batch = { ...sending, version };
    const processes = workload.processesOf(version.name, to?.track);
    const ready = processes.filter((process) => process.isReady);
    if (ready.length === 0) this.#answer(requests, { errorRatio: 1, slowness: 1 }, batch);
    let left = requests;
    let placesLeft = ready.length;
    const perSecond = rate / ready.length;
    for (const { conditions, places } of this.#alike(processes, { version, span, perSecond })) {
      const share = random.binomial(left, places / placesLeft);
      left -= share;
      placesLeft -= places;
      this.#answer(share, conditions, batch);
    }
  }

  /** Processes that answer alike, together. */
  #alike(
    processes: readonly VirtualProcess[],
    { version, span, perSecond }: Pick<Batch, 'version' | 'span'> & { readonly perSecond: number },
  ): readonly Alike[] {
    const alike: Alike[] = [];
    const atMs = (span.fromMs + span.toMs) / 2;
    processes.forEach((process, place) => {
      if (!process.isReady) return;
      const situation = { atMs, ageMs: atMs - process.startedAtMs, place, perSecond };
      const conditions = conditionsOf(version, this.#parts.subject.faults, situation);
      const same = alike.find((one) => isSame(one.conditions, conditions));
      if (same === undefined) alike.push({ conditions, places: 1 });
      else same.places += 1;
    });
    return alike;
  }

  #answer(requests: number, { errorRatio, slowness }: Conditions, batch: Batch): void {
    if (requests === 0) return;
    const failed = this.#parts.random.binomial(requests, errorRatio);
    const answers = {
      requests,
      failed,
      shape: shapeOfVersion(batch.version),
      shift: shiftOf(slowness),
      errorRatio,
    };
    batch.onAnswers(answers, batch);
  }

  /** How the users fared. */
  #tell(answers: Answered, { version }: Batch): void {
    const { random, subject } = this.#parts;
    const { requests, failed, shape, shift, errorRatio } = answers;
    const tally = this.tallyOf(version.name);
    const [usual] = subject.versions;
    tally.requests += requests;
    tally.failed += failed;
    tally.harmedByErrors += random.binomial(failed, Math.max(0, 1 - usual.errorRatio / errorRatio));
    const slowed = isAsUsual(version, usual, shift) ? 0 : slowedShareOf(shape, shift, shapeOfVersion(usual));
    tally.slowed += random.binomial(requests - failed, slowed);
  }
}

interface Alike {
  readonly conditions: Conditions;
  places: number;
}

function isSame(a: Conditions, b: Conditions): boolean {
  return a.errorRatio === b.errorRatio && a.slowness === b.slowness;
}

function isAsUsual(version: Version, usual: Version, shift: number): boolean {
  return shift === 0 && version.latency === usual.latency;
}

function slowedShareOf(
  shape: LatencyShape | undefined,
  shift: number,
  usual: LatencyShape | undefined,
): number {
  return shape === undefined || usual === undefined ? 0 : slowedShare(shape, shift, usual);
}

/** Many versions share one distribution, and making its shape takes a while. */
const SHAPES = new WeakMap<Version['latency'], { readonly shape: LatencyShape | undefined }>();

function shapeOfVersion({ latency }: Version): LatencyShape | undefined {
  const known = SHAPES.get(latency);
  if (known !== undefined) return known.shape;
  const shape = shapeOf(latency);
  SHAPES.set(latency, { shape });
  return shape;
}
