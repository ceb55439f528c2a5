import type { Judgement } from '../../analysis/judgement.ts';
import type { Tick } from '../../analysis/measurement.ts';
import type { CountedTick } from '../../engine/decision.ts';
import type { Database, Row } from '../driver.ts';

/** A part of the ticks of a release; absent: all of them. */
export interface TickPart {
  /** So many are left out at the beginning. */
  readonly after?: number;
  /** No more than these. */
  readonly limit?: number;
}

/** SQLite: no limit. */
const ALL = -1;

/** The rows of `ticks`: what was counted as evidence, in its order, so that a release can be judged again. */
export interface TickRows {
  /** In the order they were counted. */
  list(rollout: string, release: number, part?: TickPart): readonly CountedTick[];
  insert(rollout: string, counted: CountedTick): void;
  /** Removes those of releases before `oldest`. */
  deleteBefore(rollout: string, oldest: number): void;
}

/** Prepares the statements on `ticks`. */
export function tickRows(database: Database): TickRows {
  const list = database.prepare(
    `SELECT release, step, at, tick, judgement FROM ticks
     WHERE rollout = ? AND release = ? AND seq > ? ORDER BY seq LIMIT ?`,
  );
  const insert = database.prepare(
    `INSERT INTO ticks (rollout, release, seq, step, at, tick, judgement)
     SELECT ?1, ?2, 1 + coalesce(max(seq), 0), ?3, ?4, ?5, ?6 FROM ticks WHERE rollout = ?1 AND release = ?2`,
  );
  const deleteBefore = database.prepare('DELETE FROM ticks WHERE rollout = ? AND release < ?');
  return {
    // They are numbered from 1, without a gap.
    list: (rollout, release, { after = 0, limit = ALL } = {}) =>
      list.all(rollout, release, after, limit).map(tickOf),
    insert: (rollout, { release, step, at, tick, judgement }) =>
      void insert.run(rollout, release, step, at, JSON.stringify(tick), JSON.stringify(judgement)),
    deleteBefore: (rollout, oldest) => void deleteBefore.run(rollout, oldest),
  };
}

function tickOf(row: Row): CountedTick {
  return {
    release: row['release'] as number,
    step: row['step'] as number,
    at: row['at'] as number,
    tick: JSON.parse(row['tick'] as string) as Tick,
    judgement: JSON.parse(row['judgement'] as string) as Judgement,
  };
}
