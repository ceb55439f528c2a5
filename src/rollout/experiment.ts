import type { Share } from '../base/share.ts';
import type { Match } from './match.ts';

/** Where the id of a user is; `gateway`: in a cookie that the gateway gives. */
export type Unit =
  | { readonly from: 'cookie' | 'header' | 'query'; readonly name: string }
  | { readonly from: 'gateway'; readonly cookie: string };

/** The requests whose users have done what is hoped for. */
export interface Conversion {
  /** In capitals; absent: any. */
  readonly method?: string;
  /** Without the query. */
  readonly path: string;
  /** A status, or the first digit of a class; absent: whatever is no error, below 400. */
  readonly status?: number;
}

/** Users of all variants together that the gateway tells apart; who comes later is served as the others are, and not counted. */
export const MOST_USERS = 1_000_000;

/** What users had better not meet with: a request that failed, or that took longer. */
export type Harm = { readonly failed: true } | { readonly slowerThanMs: number };

/** What should get better: what users do, or what a check of the analysis measures. */
export type Goal = { readonly conversion: Conversion } | { readonly check: string };

/** What is counted of users, in words, where that is not conversions. */
export interface CountedGoal {
  /** What users do: `wait longer than 300ms`. */
  readonly what: string;
  readonly better: 'more' | 'fewer';
  /** The check whose source counts; absent: the gateway does. */
  readonly check?: string;
}

/** What is compared. */
export interface Variant {
  readonly name: string;
  /** Of the users. */
  readonly share: Share;
  /** Requests that go there whoever sends them; they are no part of the experiment. */
  readonly match?: Match;
  /** Over the environment of the workload. */
  readonly env: Readonly<Record<string, string>>;
}

/** Variants side by side, for users who stay with theirs. */
export interface AbStrategy {
  readonly kind: 'ab';
  readonly unit: Unit;
  /** What runs today. */
  readonly control: Pick<Variant, 'name' | 'share'>;
  /** What it is compared with, each for itself; one at least. */
  readonly challengers: readonly Variant[];
  readonly goal: Goal;
  /** The smallest relative difference worth finding: 0.05 for 5 %. */
  readonly minimumEffect?: number;
  /** True: it is over as soon as the evidence is enough. */
  readonly untilDecided: boolean;
  /** It is over after so many users. */
  readonly users?: number;
  readonly atMostMs: number;
  readonly whenBetter: 'promote' | 'ask';
  readonly otherwise: 'keepStable' | 'ask';
}
