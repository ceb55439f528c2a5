import type { CheckReading, Exposure, LogHistogram, UnitValues } from '../../analysis/measurement.ts';
import { bucketOf, exposureTogether, histogramTogether } from '../../analysis/measurement.ts';
import { logNormalLatency } from '../../analysis/power/traffic.ts';
import { FULL_SHARE } from '../../base/share.ts';
import type { MetricsQuestion } from '../../controller/ports.ts';
import type { RoutePart } from '../../engine/observation.ts';
import { isNeeded, onArm, subjectsOf, type Subject } from '../../metrics/checks/targets.ts';
import type { Check, Metric, RevisionId } from '../../rollout/model.ts';
import { sideOf } from '../../strategy/capacity.ts';
import type { MeasureChecks } from '../../metrics/joined.ts';
import { shapeOf, type LatencyShape } from '../users/latency-shape.ts';
import { rateAt } from '../users/load.ts';
import { normalFrom, type Random } from '../random.ts';
import { forVersion, type Measured } from '../scenario/circumstances.ts';
import type { Subject as Simulated } from '../scenario/model.ts';
import { ServedCounts } from './served-counts.ts';
import type { VirtualGateway } from './gateway.ts';
import type { VirtualWorkload } from './workload.ts';

/** What virtual sources look at. */
export interface VirtualSourcesParts {
  readonly subject: Simulated;
  readonly workload: VirtualWorkload;
  readonly gateway: VirtualGateway;
  readonly random: Random;
  readonly now: () => number;
}

/** What was counted of one arm for one check, until a moment. */
interface Counted {
  atMs: number;
  trials: number;
  events: number;
  readonly values: ServedCounts;
  /** How values lay last. */
  spread?: Spread;
}

/** Values around one. */
interface Spread {
  readonly value: number;
  readonly noise: number;
  readonly shape: LatencyShape | undefined;
}

/** Where checks measure that the gateway does not: in virtual time, what the scenario says of them. */
export class VirtualSources {
  readonly #parts: VirtualSourcesParts;
  readonly #counted = new Map<string, Counted>();

  constructor(parts: VirtualSourcesParts) {
    this.#parts = parts;
  }

  /** True when something is measured here at all. */
  get isNeeded(): boolean {
    const { rollout, measured } = this.#parts.subject;
    return measured.length > 0 || this.#goal(rollout.analysis?.checks ?? []) !== undefined;
  }

  /** What they have measured by now. */
  readonly measure: MeasureChecks = (question) => {
    const readings: Record<string, CheckReading> = {};
    for (const check of question.checks) {
      const measured = this.#parts.subject.measured.filter((one) => one.check === check.name);
      const reading =
        measured.length === 0 ? this.#usersOf(check, question) : this.#read(check, measured, question);
      if (reading !== undefined) readings[check.name] = reading;
    }
    return Promise.resolve(readings);
  };

  /** The check that an experiment is about and that a source measures. */
  #goal(checks: readonly Check[]): Check | undefined {
    const { strategy } = this.#parts.subject.rollout;
    if (!('goal' in strategy) || !('check' in strategy.goal)) return undefined;
    const { check: name } = strategy.goal;
    return checks.find((check) => check.name === name && check.metric.kind === 'ratio');
  }

  #read(check: Check, measured: readonly Measured[], question: MetricsQuestion): CheckReading | undefined {
    const compared = subjectsOf(question);
    const kind = kindOf(check.metric);
    if (kind === undefined) return undefined;
    const untold = compared.find((one) => isUntold(one, check, measured));
    if (untold !== undefined)
      return { kind: 'missing', reason: `nothing tells what it is in ${untold.revision}` };
    if (kind === 'gauge') return this.#gauge(check, measured, compared);
    const counted = compared.map((one) => ({ ...one, ...this.#count(check, measured, one) }));
    const [candidates, control] = [onArm(counted, 'candidate'), onArm(counted, 'control')];
    switch (kind) {
      case 'events':
        return {
          kind,
          ...since(question),
          candidate: sumOf(candidates).events,
          control: sumOf(control).events,
        };
      case 'counts':
        return countsOf(question, candidates, control);
      case 'distribution':
        return { kind, ...since(question), candidate: valuesOf(candidates), control: valuesOf(control) };
    }
  }

  /** What users have done, each counted once, where an experiment is about that; else undefined. */
  #usersOf(check: Check, question: MetricsQuestion): CheckReading | undefined {
    if (this.#goal([check]) === undefined) return undefined;
    const counted = subjectsOf(question).map((one) => ({
      ...one,
      ...this.#parts.gateway.usersOf(one.revision, one.arm === 'candidate'),
    }));
    return countsOf(question, onArm(counted, 'candidate'), onArm(counted, 'control'));
  }

  #gauge(check: Check, measured: readonly Measured[], compared: readonly Subject[]): CheckReading {
    const { metric } = check;
    const isPerUnit = metric.kind === 'usage' || (metric.kind === 'value' && metric.per !== undefined);
    const valuesIn = (arm: Subject['arm']): UnitValues => {
      const own = onArm(compared, arm);
      const all = own.flatMap((one) => {
        // One value alone has no name.
        const name = own.length > 1 || isPerUnit ? one.revision : '';
        const units = isPerUnit ? Array.from({ length: this.#readyOf(one) }, (_, i) => `-${i}`) : [''];
        return units.map((unit) => [`${name}${unit}`, this.#valueOf(measured, one.revision)] as const);
      });
      return Object.fromEntries(all);
    };
    return { kind: 'gauge', candidate: valuesIn('candidate'), control: valuesIn('control') };
  }

  /** What a source measures of a version now. */
  #valueOf(measured: readonly Measured[], revision: RevisionId): number {
    const { random, now } = this.#parts;
    const one = forVersion(measured, revision);
    if (one === undefined) return 0;
    const value = levelOf(one, now());
    return one.noise === 0 ? value : value * (1 + one.noise * normalFrom(() => random.fraction()));
  }

  /** Counts what has happened since the last time. */
  #count(check: Check, measured: readonly Measured[], who: Subject): Counted {
    const { random, now } = this.#parts;
    const { revision, track } = who;
    const key = `${check.name} ${track} ${revision}`;
    const atMs = now();
    const counted = this.#counted.get(key) ?? { atMs, trials: 0, events: 0, values: new ServedCounts() };
    this.#counted.set(key, counted);
    const ms = atMs - counted.atMs;
    counted.atMs = atMs;
    if (ms <= 0) return counted;
    if (kindOf(check.metric) === 'distribution') {
      const shape = this.#spreadOf(counted, forVersion(measured, revision));
      const requests = this.#requestsOf(check, who, ms);
      counted.values.add({ requests, failed: 0, shape, shift: 0 }, random);
      return counted;
    }
    const value = Math.max(0, this.#valueOf(measured, revision));
    const { kind } = check.metric;
    if (kind === 'rate') counted.events += random.poisson((value * this.#shareOf(who) * ms) / 1_000);
    else if (kind === 'usage') {
      const processMs = this.#readyOf(who) * ms;
      counted.trials += processMs;
      counted.events += random.poisson((value * processMs) / HOUR_MS);
    } else {
      const trials = this.#requestsOf(check, who, ms);
      counted.trials += trials;
      counted.events += random.binomial(trials, Math.min(1, value));
    }
    return counted;
  }

  /** Of users each counts once. */
  #requestsOf({ metric }: Check, who: Subject, ms: number): number {
    const { subject, random, now } = this.#parts;
    const perSecond = rateAt(subject.load, now() - ms / 2) * this.#shareOf(who);
    const each = metric.kind === 'ratio' && metric.per === 'user' ? subject.users.requestsEach : 1;
    return random.poisson((perSecond * ms) / 1_000 / each);
  }

  #readyOf({ revision, track }: Subject): number {
    return this.#parts.workload.processesOf(revision, track).filter((process) => process.isReady).length;
  }

  #spreadOf(counted: Counted, one: Measured | undefined): LatencyShape | undefined {
    if (one === undefined) return undefined;
    const [value, { noise }] = [levelOf(one, this.#parts.now()), one];
    const { spread } = counted;
    if (spread?.value === value && spread.noise === noise) return spread.shape;
    const shape = shapeOf(valuesAround(value, noise));
    counted.spread = { value, noise, shape };
    return shape;
  }

  /** The part of all that happens which a version gets: by the route, else by its processes. */
  #shareOf(who: Subject): number {
    const { subject, gateway } = this.#parts;
    if (subject.rollout.traffic === undefined) {
      return this.#readyOf(who) / Math.max(1, subject.rollout.workload.replicas);
    }
    const { parts, mirrors = [] } = gateway.route;
    const weights = [
      ...parts.filter((part) => isServing(part, who)).map(({ weight }) => weight),
      ...mirrors.filter((mirror) => isServing(mirror, who)).map(({ share }) => share),
    ];
    return weights.reduce((sum, weight) => sum + weight, 0) / FULL_SHARE;
  }
}

/** True for a part of the route that is of who is compared; the candidate has many roles, by its step. */
function isServing(
  { track, revision }: Pick<RoutePart, 'track' | 'revision'>,
  { arm, ...who }: Subject,
): boolean {
  return (
    revision === who.revision && (arm === 'control' ? track === who.track : sideOf(track) === 'candidate')
  );
}

type Counts = Subject & Exposure;

function sumOf(all: readonly Exposure[]): Exposure {
  return all.reduce(exposureTogether, { trials: 0, events: 0 });
}

/** Variants are judged together, and told apart. */
function countsOf(
  question: MetricsQuestion,
  candidates: readonly Counts[],
  control: readonly Counts[],
): CheckReading {
  const apart = candidates.map(({ track, trials, events }) => [track, { trials, events }] as const);
  return {
    kind: 'counts',
    ...since(question),
    candidate: sumOf(candidates),
    control: sumOf(control),
    ...(question.variants === undefined ? {} : { variants: Object.fromEntries(apart) }),
  };
}

const EPOCH = 'simulated';
const HOUR_MS = 3_600_000;
function since({ at }: MetricsQuestion): { readonly epoch: string; readonly toMs: number } {
  return { epoch: EPOCH, toMs: at };
}

function isUntold(who: Subject, check: Check, measured: readonly Measured[]): boolean {
  return isNeeded(check, who) && forVersion(measured, who.revision) === undefined;
}

function valuesOf(all: readonly Counted[]): LogHistogram {
  const [first = [], ...others] = all.map(({ values }) => values.counters().latency);
  return others.reduce(histogramTogether, first);
}

/** What a source tells of a metric; undefined for what no source measures. */
function kindOf(metric: Metric): Exclude<CheckReading['kind'], 'missing'> | undefined {
  switch (metric.kind) {
    case 'value':
      return 'gauge';
    case 'usage':
      return metric.of === 'restarts' ? 'counts' : 'gauge';
    case 'rate':
      return 'events';
    case 'ratio':
    case 'errors':
      return 'counts';
    case 'latency':
    case 'size':
      return 'distribution';
    case 'differences':
      return undefined;
  }
}

/** The value at a moment, without noise. */
export function levelOf({ values, everyMs }: Measured, atMs: number): number {
  const place = Math.min(values.length - 1, Math.floor(atMs / everyMs));
  return values[place] ?? 0;
}

const NORMAL_99 = 2.326;

/** Values around one: log-normal, or all the same without noise. */
function valuesAround(value: number, noise: number): LogHistogram {
  const high = value * Math.exp(NORMAL_99 * noise);
  return high > value && high < Infinity ? logNormalLatency(value, high) : [[bucketOf(value), 1]];
}
