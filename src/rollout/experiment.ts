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
  readonly conversion: Conversion;
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
