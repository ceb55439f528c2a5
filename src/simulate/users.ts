import { FULL_SHARE, fractionOf } from '../base/share.ts';
import type { RoutePart } from '../engine/observation.ts';
import type { RevisionId } from '../rollout/model.ts';
import { conditionsOf, type Conditions } from './conditions.ts';
import { shapeOf, shiftOf, slowedShare, type LatencyShape } from './latency-shape.ts';
import { rateAt } from './load.ts';
import type { Random } from './random.ts';
import type { Subject, Version } from './scenario/model.ts';
import { emptyTally, type Tally } from './tally.ts';
import type { Answers } from './served-counts.ts';
import type { VirtualGateway } from './virtual-gateway.ts';
import type { VirtualProcess } from './virtual-process.ts';
import type { VirtualWorkload } from './virtual-workload.ts';

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
  /** Requests per second. */
  readonly rate: number;
  readonly onAnswers: (answers: Answered, batch: Batch) => void;
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

  constructor(parts: UsersParts) {
    this.#parts = parts;
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
    const { parts } = gateway.route;
    if (isGatewayAway() || parts.length === 0) {
      this.unanswered += requests;
      return;
    }
    let left = requests;
    let weightLeft: number = FULL_SHARE;
    for (const part of parts) {
      if (part.weight === 0) continue;
      const share = random.binomial(left, Math.min(1, part.weight / weightLeft));
      left -= share;
      weightLeft -= part.weight;
      this.#serve(share, part.revision, {
        span,
        rate: rate * fractionOf(part.weight),
        onAnswers: (answers, batch) => {
          this.#count(part, answers, batch);
        },
      });
    }
    this.#copy(requests, { span, rate });
  }

  /** Copies are nobody's requests; what they are compared with is drawn as if it were answered once more. */
  #copy(requests: number, { span, rate }: Pick<Sending, 'span' | 'rate'>): void {
    const { gateway, random } = this.#parts;
    const { parts, mirrors = [] } = gateway.route;
    for (const mirror of mirrors) {
      const copies = random.binomial(requests, fractionOf(mirror.share));
      const sending = { span, rate: rate * fractionOf(mirror.share) };
      this.#serve(copies, mirror.revision, {
        ...sending,
        onAnswers: (answers) => {
          if (span.isCounted) gateway.countCopies(mirror, answers);
        },
      });
      this.#serve(copies, parts[0]?.revision, {
        ...sending,
        onAnswers: (answers) => {
          if (span.isCounted) gateway.countOriginals(mirror, answers);
        },
      });
    }
  }

  #serve(requests: number, revision: RevisionId | undefined, sending: Sending): void {
    const { subject, workload, random } = this.#parts;
    const { span, rate } = sending;
    const version = subject.versions.find(({ name }) => name === revision);
    if (version === undefined || requests === 0) return;
    const batch: Batch = { ...sending, version };
    const processes = workload.processesOf(version.name);
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

  #count(part: RoutePart, answers: Answered, { version, span }: Batch): void {
    const { gateway, random, subject } = this.#parts;
    const { requests, failed, shape, shift, errorRatio } = answers;
    const tally = this.tallyOf(version.name);
    const [usual] = subject.versions;
    tally.requests += requests;
    tally.failed += failed;
    tally.harmedByErrors += random.binomial(failed, Math.max(0, 1 - usual.errorRatio / errorRatio));
    const slowed = isAsUsual(version, usual, shift) ? 0 : slowedShareOf(shape, shift, shapeOfVersion(usual));
    tally.slowed += random.binomial(requests - failed, slowed);
    if (span.isCounted) gateway.count(part, answers);
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
