import { formatDuration } from '../../base/duration.ts';
import type { Session } from '../session.ts';

/** How far a simulation has come. */
export interface Position {
  readonly atMs: number;
  /** Which of how many. */
  readonly run?: number;
  readonly runs?: number;
}

/** Nobody is told more often than this. */
const EVERY_MS = 2_000;

/** Tells beside the answer how far a long simulation has come. */
export class Progress {
  readonly #session: Session;
  readonly #name: string;
  #toldAt = Date.now();

  constructor(session: Session, name: string) {
    this.#session = session;
    this.#name = name;
  }

  at({ atMs, run, runs }: Position): void {
    const now = Date.now();
    if (now - this.#toldAt < EVERY_MS) return;
    this.#toldAt = now;
    const how = run === undefined ? `${formatDuration(atMs)} simulated` : `run ${run} of ${runs ?? run}`;
    this.#session.remark(`${this.#name}: ${how}`);
  }
}
