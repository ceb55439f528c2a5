import type { Share } from '../base/share.ts';
import type { CounterQueries, HistogramQuery, RequestQueries } from './source-queries.ts';
import type { AnswerComparison } from './answer-comparison.ts';
import type { AbStrategy } from './experiment.ts';
import type { GroupSettings } from './model-group.ts';
import type { Match } from './match.ts';
import type { Listener } from './model-notify.ts';
import type { Gate, Hook, LoginSettings } from './model-outside.ts';
import type { Traffic } from './traffic.ts';

/**
 * The Rollout as the rest of the code sees it: validated, defaults filled in, units parsed. `resolve.ts`
 * makes it from the written form (`schema/`); nothing else reads the written form.
 */
export interface Rollout {
  readonly name: string;
  /** The namespace of a cluster; absent on a machine of its own. */
  readonly namespace?: string;
  readonly workload: Workload;
  /** Absent for workers and consumers, which nobody sends requests to. */
  readonly traffic?: Traffic;
  readonly strategy: Strategy;
  readonly analysis?: Analysis;
  /** Where checks measure, besides the data plane. */
  readonly sources: readonly SourceSettings[];
  /** Who or what else must say yes, and what runs at which moment. */
  readonly gates: readonly Gate[];
  readonly hooks: readonly Hook[];
  /** Who is told what becomes of releases. */
  readonly notify: readonly Listener[];
  /** How long a release may take, pauses and gates included. */
  readonly deadlineMs: number;
  readonly onDeadline: 'rollBack' | 'hold';
  /** The group it is released together with; absent: none. */
  readonly group?: GroupSettings;
  /** Releases and artefacts kept. */
  readonly historyKeep: number;
  /** So many earlier stable revisions are gone back to without the strategy's steps; 0: none. */
  readonly rollbackWindow: number;
  /** True: new revisions are seen, not released. */
  readonly suspend: boolean;
}

/** A revision's name: its scheme and a hash of its template, as in `r1-3f9a1c2b7d10`. */
export type RevisionId = string & { readonly __unit: 'revision' };

/** What runs. One member per kind of workload. */
export type Workload = LocalWorkload | DeploymentWorkload;

/** What runs on this machine. */
export type LocalWorkload = ProcessWorkload | ContainerWorkload;

/** What every kind of workload that runs on this machine is looked after by. */
export interface RunningWorkload {
  readonly replicas: number;
  readonly env: Readonly<Record<string, string>>;
  readonly envFiles: readonly string[];
  /** When a replica may get traffic. Without one, it is ready once it has run for a second. */
  readonly ready?: Probe;
  /** When a replica must be restarted. */
  readonly live?: Probe;
  readonly stop: { readonly signal: string; readonly drainMs: number };
  readonly limits: { readonly memoryBytes?: number };
  readonly restart: RestartPolicy;
}

/** Local processes, each listening on the port it is given in `$PORT`. */
export interface ProcessWorkload extends RunningWorkload {
  readonly kind: 'process';
  /** The artefact: a path to a directory or tar, a live directory that is not pinned, or what another Rollout runs. */
  readonly from: { readonly path: string } | { readonly live: string } | FromRollout;
  /** Run once in the pinned copy before the revision may start. */
  readonly build?: readonly string[];
  /** Argument vector; `$(PORT)` and other `$(NAME)` of the environment are replaced, no shell is involved. */
  readonly command: readonly string[];
}

/** What another Rollout of this machine runs: one of its revisions, or whichever is stable there. */
export interface FromRollout {
  readonly rollout: string;
  readonly revision?: RevisionId;
}

/** Containers of an engine on this machine, Docker or Podman. */
export interface ContainerWorkload extends RunningWorkload {
  readonly kind: 'container';
  /** With tag or digest, as written. */
  readonly image: string;
  /** When the image is fetched: if it is not here, at each release, or not at all. */
  readonly pull: 'missing' | 'always' | 'never';
  /** In place of the image's own command. */
  readonly command?: readonly string[];
  /** Where the program in the container listens; absent for workers. */
  readonly port?: number;
}

/** A Deployment of Kubernetes, adopted in place. */
export interface DeploymentWorkload {
  readonly kind: 'deployment';
  /** In the namespace of the Rollout. */
  readonly name: string;
  /** How a new template is kept from rolling by itself: paused in the write that changes it, or at rest too. */
  readonly hold: 'webhook' | 'always';
  /** What the Deployment says, and 1 where that is none; its default until it has been looked at. */
  readonly replicas: number;
  /** Set where the Deployment says that nothing is to run. */
  readonly scaledToZero?: true;
  /** How long a pod may take to end. */
  readonly stop: Pick<RunningWorkload['stop'], 'drainMs'>;
}

/** How crashed processes come back. */
export interface RestartPolicy {
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** This many exits in a row, each before `stableAfterMs`, are a crash loop. */
  readonly crashLoopAfter: number;
  readonly stableAfterMs: number;
}

/** A question asked of one process again and again. */
export interface Probe {
  readonly check:
    | { readonly kind: 'http'; readonly path: string }
    /** `heldMs`: a connection counts only when it has stayed open for so long. */
    | { readonly kind: 'tcp'; readonly heldMs?: number }
    | { readonly kind: 'command'; readonly command: readonly string[] };
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** The first success must come within this time of the start. */
  readonly withinMs: number;
  /** Failures in a row that change the answer. */
  readonly failures: number;
}

/** How a release goes from stable to candidate. One member per strategy. */
export type Strategy =
  RecreateStrategy | RampedStrategy | BlueGreenStrategy | CanaryStrategy | AbStrategy | ShadowStrategy;

/** All of stable stops, then all of the candidate starts. */
export interface RecreateStrategy {
  readonly kind: 'recreate';
}

/** Replicas are replaced a few at a time. */
export interface RampedStrategy {
  readonly kind: 'ramped';
  /** Replicas above the normal number. */
  readonly maxSurge: CountOrShare;
  /** Replicas below the normal number. */
  readonly maxUnavailable: CountOrShare;
  /** With so many old replicas left, somebody has to resume. */
  readonly partition?: CountOrShare;
  /** After each so many new replicas, somebody has to resume. */
  readonly pauseEvery?: CountOrShare;
  /** How long the batches are judged, all together, where there are checks. */
  readonly analyze: { readonly atLeastMs: number; readonly atMostMs: number };
}

/** All traffic moves at once to a second, complete set of replicas. */
export interface BlueGreenStrategy {
  readonly kind: 'blueGreen';
  /** How long it is judged after the switch, at full traffic; 0: not at all. */
  readonly bakeMs: number;
  /** How long the old set stays ready once it is no longer stable; 0: it stops. */
  readonly keepStableMs: number;
  /** What the new set gets before the switch; absent: nothing. */
  readonly preview?: Preview;
}

/** Copies of so many requests, for so long; or an audience, until somebody resumes. */
export type Preview =
  | { readonly mirror: Share; readonly analyze: { readonly atLeastMs: number; readonly atMostMs: number } }
  | { readonly match: Match };

/** The candidate gets more traffic, or more replicas, step by step. */
export interface CanaryStrategy {
  readonly kind: 'canary';
  readonly steps: readonly CanaryStep[];
  /** `match`: as many canary replicas as its weight needs. `fixed`: all of them from the first step. */
  readonly capacity: 'match' | 'fixed';
  /** True: a step may end before its longest time, when the checks have proved the canary safe. */
  readonly earlyPromotion: boolean;
  /** True: beside the canary runs a fresh copy of stable, as large and with as much traffic, to compare with. */
  readonly baseline?: boolean;
}

/** The candidate gets copies of a share of the requests, until whatever comes first, and no user an answer from it. */
export interface ShadowStrategy {
  readonly kind: 'shadow';
  readonly share: Share;
  readonly methods: readonly string[];
  readonly until: { readonly requests?: number; readonly atMostMs: number };
  /** What must be alike in the answer to a copy; absent: answers are not looked into. */
  readonly compare?: AnswerComparison;
  /** What follows; absent: the candidate is stopped, and stable stays. */
  readonly then?: CanaryStrategy;
}

/** One step of a canary, as the user wrote it; `forMs` absent: until somebody resumes. */
export type CanaryStep =
  | { readonly kind: 'weight'; readonly weight: Share }
  | { readonly kind: 'replicas'; readonly replicas: CountOrShare }
  | { readonly kind: 'mirror'; readonly share: Share }
  | { readonly kind: 'match'; readonly match: Match }
  | { readonly kind: 'pause'; readonly forMs?: number }
  | { readonly kind: 'analyze'; readonly atLeastMs: number; readonly atMostMs: number }
  | { readonly kind: 'gate' | 'hook'; readonly name: string };

/** A number of replicas, or a share of the Rollout's. */
export type CountOrShare = { readonly count: number } | { readonly share: Share };

/** How a release is judged. */
export interface Analysis {
  readonly compareTo: 'stable' | 'baseline';
  /** The promised probability that a good release is rolled back: 0.01 is 1 %. */
  readonly falseAlarms: number;
  /** Data of the candidate's first moments, not counted. */
  readonly warmUpMs: number;
  readonly undecided: 'advance' | 'hold' | 'ask' | 'rollBack';
  readonly noData: 'hold' | 'extend' | 'ask';
  /** True: between releases stable is compared with itself, to measure the false alarms. */
  readonly standingAA: boolean;
  readonly checks: readonly Check[];
  /** How the checks of the judge `score` are scored together; absent when there are none. */
  readonly score?: ScoreSettings;
}

/** One question the analysis asks: a metric and how it is judged. */
export interface Check {
  readonly name: string;
  readonly metric: Metric;
  readonly judge: JudgeSettings;
  /** Which direction is harm; absent: higher. */
  readonly worse?: 'lower' | 'either';
  /** The absolute value on the good side of which nothing is harm, in the unit of the metric. */
  readonly floor?: number;
  /** Relative share of the promised false alarms. */
  readonly weight: number;
}

/**
 * What is measured. Units: a ratio for `errors`, `differences` and `ratio`, milliseconds for `latency`, bytes for `size`, events
 * per second for `rate`, its own for `value`; `usage` in cores, bytes or restarts.
 */
export type Metric =
  /** Failed requests, each counted; per user: users with a failed request, each once per window. */
  | { readonly kind: 'errors'; readonly per?: 'user'; readonly from?: RequestQueries }
  /** Answers to copies that differ from stable's, beside how often stable's own differ. */
  | { readonly kind: 'differences' }
  /** The whole distribution, or what lies beyond a quantile; `withinMs`: what counts as soon enough for an objective. */
  | {
      readonly kind: 'latency';
      readonly quantile?: number;
      readonly withinMs?: number;
      readonly from?: HistogramQuery;
    }
  | { readonly kind: 'size'; readonly quantile?: number; readonly from: HistogramQuery }
  /** Two counters of a source; per user: both count each user once. */
  | ({ readonly kind: 'ratio'; readonly per?: 'user' } & CounterQueries)
  /** A counter of a source, without a denominator. */
  | { readonly kind: 'rate'; readonly source: string; readonly query: string }
  /** A gauge of a source; with `per`, one value for each of these. */
  | {
      readonly kind: 'value';
      readonly source: string;
      readonly query: string;
      readonly per?: 'process' | 'pod';
    }
  /** What the replicas use, each a unit. */
  | { readonly kind: 'usage'; readonly of: 'cpu' | 'memory' | 'restarts' };

/** How the values of a check are judged. One member per judge. */
export type JudgeSettings = SequentialSettings | SloSettings | ThresholdSettings | ScoredSettings;

/** Anytime-valid evidence against the stable track. */
export interface SequentialSettings {
  readonly kind: 'sequential';
  /** The harm margin: 0.1 tolerates 10 % more. */
  readonly worseBy: number;
  /** The margin that proves safety: against stable (`ratio` 2 is "less than twice") or absolute. */
  readonly safe?: { readonly ratio: number } | { readonly absolute: number };
  /** Gauges only: growth that would reach `limit` within this time is harm too. */
  readonly exhaustion?: { readonly limit: number; readonly withinMs: number };
}

/** One sample, the candidate's, against the budget of an objective: 0.001 for 99.9 %. */
export interface SloSettings {
  readonly kind: 'slo';
  readonly budget: number;
}

/** A fixed limit, or a condition, on each measurement; in the unit of the metric. */
export interface ThresholdSettings {
  readonly kind: 'threshold';
  readonly max?: number;
  readonly min?: number;
  /** CEL: true when a measurement is fine. */
  readonly condition?: string;
  /** CEL: true when a measurement failed. Neither this nor `condition`: inconclusive. */
  readonly failWhen?: string;
  /** How often a measurement is taken. */
  readonly everyMs: number;
  readonly failures: FailureLimits;
  /** What a measurement without a value is; absent: it is passed over. */
  readonly noValue?: 'fail' | 'error';
}

/** How many measurements may be other than fine. */
export interface FailureLimits {
  /** More failures than this are bad; in a row only, when `consecutive`. */
  readonly limit: number;
  readonly consecutive: boolean;
  /** More inconclusive measurements than this ask a person. Absent: any number. */
  readonly inconclusive?: number;
  /** More errors in a row than this are bad. Absent: any number. */
  readonly errors?: number;
}

/** One metric of a score: the fields of Kayenta's `analysisConfigurations.canary`, resolved by the judge itself. */
export interface ScoredSettings {
  readonly kind: 'score';
  readonly options: Readonly<Record<string, unknown>>;
  /** The times of the Rollout's `ScoreSettings`, so that a check's points are its own affair. */
  readonly times: Pick<ScoreSettings, 'stepMs' | 'everyMs' | 'lifetimeMs' | 'lookbackMs'>;
}

/** How scored checks are judged together. */
export interface ScoreSettings {
  /** From this score on the run passed. */
  readonly pass: number;
  /** At or below this score it has failed at once. */
  readonly marginal: number;
  /** One point of each series covers this time. */
  readonly stepMs: number;
  /** Time between two judgements. */
  readonly everyMs: number;
  /** How long a step is measured before its last judgement, which counts. */
  readonly lifetimeMs: number;
  /** Only the newest points are judged; absent: all of the step. */
  readonly lookbackMs?: number;
  /** Weights of groups, of 100 in all; a check may be in several groups. */
  readonly groups: readonly ScoreGroup[];
}

/** Checks that are scored together. */
export interface ScoreGroup {
  readonly name: string;
  readonly weight: number;
  readonly checks: readonly string[];
}

/** A place where checks measure. One member per kind of source. */
export type SourceSettings = PrometheusSettings;

/** A server that answers the Prometheus API. */
export interface PrometheusSettings {
  readonly kind: 'prometheus';
  readonly name: string;
  readonly address: string;
  readonly auth?: LoginSettings;
  readonly tls?: {
    /** Paths of PEM files. */
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly serverName?: string;
    /** Instead of files: a Kubernetes Secret in the namespace of the Rollout, with `ca.crt`, `tls.crt` and `tls.key`. */
    readonly secret?: string;
  };
  readonly timeoutMs: number;
}

/** A role in a release (glossary.md). */
export type Track = 'stable' | 'canary' | 'baseline' | 'preview' | 'shadow' | `variant:${string}`;

/** Where a Rollout may stand (glossary.md): in the order of a release, and then at rest. */
export const PHASES = [
  'Pending',
  'Progressing',
  'Paused',
  'Waiting',
  'Promoting',
  'RollingBack',
  'Healthy',
  'Degraded',
] as const;

/** Where a Rollout stands. */
export type Phase = (typeof PHASES)[number];
/** What the analysis says (glossary.md). */
export type Verdict = 'good' | 'bad' | 'undecided' | 'invalid';

/** All ways in which a release ends (glossary.md). */
export const OUTCOMES = ['promoted', 'rolledBack', 'aborted', 'failed', 'completed'] as const;

/** How a release ended (glossary.md). */
export type Outcome = (typeof OUTCOMES)[number];
