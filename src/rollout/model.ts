import type { Share } from '../base/share.ts';

/**
 * The Rollout as the rest of the code sees it: validated, defaults filled in, units parsed. `resolve.ts`
 * makes it from the written form (`schema/`); nothing else reads the written form.
 */
export interface Rollout {
  readonly name: string;
  readonly workload: Workload;
  /** Absent for workers and consumers, which nobody sends requests to. */
  readonly traffic?: Traffic;
  readonly strategy: Strategy;
  readonly analysis?: Analysis;
  /** How long a release may take, pauses and gates included. */
  readonly deadlineMs: number;
  readonly onDeadline: 'rollBack' | 'hold';
  /** Releases and artefacts kept. */
  readonly historyKeep: number;
  /** True: new revisions are seen, not released. */
  readonly suspend: boolean;
}

/** A revision's name: its scheme and a hash of its template, as in `r1-3f9a1c2b7d10`. */
export type RevisionId = string & { readonly __unit: 'revision' };

/** What runs. One member per kind of workload. */
export type Workload = ProcessWorkload;

/** Local processes, each listening on the port it is given in `$PORT`. */
export interface ProcessWorkload {
  readonly kind: 'process';
  /** The artefact: a path to a directory or tar, a git ref, or a live directory that is not pinned. */
  readonly from: { readonly path: string } | { readonly live: string };
  /** Run once in the pinned copy before the revision may start. */
  readonly build?: readonly string[];
  /** Argument vector; `$(PORT)` and other `$(NAME)` of the environment are replaced, no shell is involved. */
  readonly command: readonly string[];
  readonly replicas: number;
  readonly env: Readonly<Record<string, string>>;
  readonly envFiles: readonly string[];
  /** When a process may get traffic. Without one, a process is ready while it runs. */
  readonly ready?: Probe;
  /** When a process must be restarted. */
  readonly live?: Probe;
  readonly stop: { readonly signal: string; readonly drainMs: number };
  readonly limits: { readonly memoryBytes?: number };
  readonly restart: RestartPolicy;
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
    | { readonly kind: 'tcp' }
    | { readonly kind: 'command'; readonly command: readonly string[] };
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** The first success must come within this time of the start. */
  readonly withinMs: number;
  /** Failures in a row that change the answer. */
  readonly failures: number;
}

/** How users reach the workload. One member per data plane. */
export type Traffic = GatewayTraffic;

/** Through coalmine's own gateway. */
export interface GatewayTraffic {
  readonly kind: 'gateway';
  /** Lower case, without a port; absent: any host. */
  readonly host?: string;
  /** A path prefix of whole segments: `/` or `/shop`. */
  readonly path: string;
  /** `cookie` is the name of the id cookie that keeps a user on one track. */
  readonly sticky?: { readonly cookie: string };
  /** How long the workload may take to answer. */
  readonly timeoutMs: number;
}

/** How a release goes from stable to candidate. One member per strategy. */
export type Strategy = RecreateStrategy | CanaryStrategy;

/** All of stable stops, then all of the candidate starts. */
export interface RecreateStrategy {
  readonly kind: 'recreate';
}

/** The candidate gets more traffic, or more replicas, step by step. */
export interface CanaryStrategy {
  readonly kind: 'canary';
  readonly steps: readonly CanaryStep[];
  /** `match`: as many canary replicas as its weight needs. `fixed`: all of them from the first step. */
  readonly capacity: 'match' | 'fixed';
  /** True: a step may end before its longest time, when the checks have proved the canary safe. */
  readonly earlyPromotion: boolean;
}

/** One step of a canary, as the user wrote it; `forMs` absent: until somebody resumes. */
export type CanaryStep =
  | { readonly kind: 'weight'; readonly weight: Share }
  | { readonly kind: 'replicas'; readonly replicas: CountOrShare }
  | { readonly kind: 'pause'; readonly forMs?: number }
  | { readonly kind: 'analyze'; readonly atLeastMs: number; readonly atMostMs: number };

/** A number of replicas, or a share of the Rollout's. */
export type CountOrShare = { readonly count: number } | { readonly share: Share };

/** How a release is judged. */
export interface Analysis {
  readonly compareTo: 'stable';
  /** The promised probability that a good release is rolled back: 0.01 is 1 %. */
  readonly falseAlarms: number;
  /** Data of the candidate's first moments, not counted. */
  readonly warmUpMs: number;
  readonly undecided: 'advance' | 'hold' | 'ask' | 'rollBack';
  readonly noData: 'hold' | 'extend' | 'ask';
  readonly checks: readonly Check[];
}

/** One question the analysis asks: a metric and how it is judged. */
export interface Check {
  readonly name: string;
  readonly metric: Metric;
  readonly judge: JudgeSettings;
  /** The absolute value below which nothing is harm: a ratio for errors, milliseconds for latency. */
  readonly floor?: number;
  /** Relative share of the promised false alarms. */
  readonly weight: number;
}

/** What is measured. `errors`: share of failed requests. `latency`: the distribution, or one quantile of it. */
export type Metric = { readonly kind: 'errors' } | { readonly kind: 'latency'; readonly quantile?: number };

/** How the values of a check are judged. One member per judge. */
export type JudgeSettings = SequentialSettings | ThresholdSettings;

/** Anytime-valid evidence against the stable track. */
export interface SequentialSettings {
  readonly kind: 'sequential';
  /** The harm margin: 0.1 tolerates 10 % more. */
  readonly worseBy: number;
  /** The margin that proves safety: against stable (`ratio` 2 is "less than twice") or absolute. */
  readonly safe?: { readonly ratio: number } | { readonly absolute: number };
}

/** A fixed limit on each measurement: a ratio for errors, milliseconds for latency. */
export interface ThresholdSettings {
  readonly kind: 'threshold';
  readonly max?: number;
  readonly min?: number;
  /** How often a measurement is taken. */
  readonly everyMs: number;
  /** More failures than `limit` are bad; in a row only, when `consecutive`. */
  readonly failures: { readonly limit: number; readonly consecutive: boolean };
}

/** A role in a release (glossary.md). */
export type Track = 'stable' | 'canary' | 'baseline' | 'preview' | 'shadow' | `variant:${string}`;

/** Where a Rollout stands (glossary.md). */
export type Phase =
  'Pending' | 'Progressing' | 'Paused' | 'Waiting' | 'Promoting' | 'RollingBack' | 'Healthy' | 'Degraded';

/** What the analysis says (glossary.md). */
export type Verdict = 'good' | 'bad' | 'undecided' | 'invalid';

/** How a release ended (glossary.md). */
export type Outcome = 'promoted' | 'rolledBack' | 'aborted' | 'failed' | 'completed';
