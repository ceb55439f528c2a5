import type { PathTarget } from '../rollout/traffic.ts';

/** Who has answered the requests of the last `overMs`, while an old system is taken over. */
export interface TakeoverView {
  readonly overMs: number;
  /** What the Rollout has answered, 0 to 1; absent when nobody asked. */
  readonly newShare?: number;
  readonly paths: readonly PathView[];
}

/** One path of it, in the order in which they count. */
export interface PathView {
  readonly path: string;
  readonly to: PathTarget['kind'];
  readonly legacyUrl?: string;
  readonly new: SideView;
  readonly legacy: SideView;
  /** How often the old system was asked because the new one failed. */
  readonly fallbacks: number;
  readonly newShare?: number;
}

/** What one system has answered. */
export interface SideView {
  readonly requests: number;
  readonly errors: number;
}
