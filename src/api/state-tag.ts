import { createHash } from 'node:crypto';
import { digestOf } from '../base/canonical.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import type { RolloutView } from './resources.ts';

/** Characters of a digest in a tag. */
const LENGTH = 16;

/**
 * A name for what is declared and decided of a Rollout, as somebody has seen it who goes on to change it: it is another
 * once the document, a version, the step, the gate or the way of the release has changed, or steps were passed over. What
 * is only measured is not in it.
 */
export function stateTag(decided: Decided): string {
  return digestOf({ ...decided }).slice(0, LENGTH);
}

/** What is declared and decided, whether seen in a record or in what is shown of it. */
export interface Decided {
  readonly generation: number;
  readonly stable: string | null;
  readonly wanted: string | null;
  /** Of the release that runs; empty at rest. */
  readonly release: readonly (string | number | boolean)[];
  readonly ended: number;
  readonly closedAt: number;
}

/** Of a record. */
export function decidedOf({
  generation,
  status,
  wanted,
}: Pick<RolloutRecord, 'generation' | 'status' | 'wanted'>): Decided {
  const { release, stable = null, lastOutcome, maintenance } = status;
  return {
    generation,
    stable,
    wanted: wanted?.revision ?? null,
    release:
      release === undefined
        ? []
        : releaseParts({ ...release, goesBack: release.direction.kind !== 'forward' }),
    ended: lastOutcome?.release ?? 0,
    closedAt: maintenance?.since ?? 0,
  };
}

/** Of a Rollout as it is shown. */
export function decidedIn(view: RolloutView): Decided {
  const { generation, release, stable = null, wanted = null, lastOutcome, maintenance } = view;
  return {
    generation,
    stable,
    wanted,
    release:
      release === undefined ? [] : releaseParts({ ...release, goesBack: release.goingBack !== undefined }),
    ended: lastOutcome?.release ?? 0,
    closedAt: maintenance?.since ?? 0,
  };
}

interface ReleaseParts {
  readonly number: number;
  readonly step: number;
  readonly paused: boolean;
  readonly goesBack: boolean;
  readonly passedTo?: number | undefined;
  readonly held?: { readonly kind: string; readonly name: string } | undefined;
}

function releaseParts(release: ReleaseParts): Decided['release'] {
  const { number, step, paused, goesBack, passedTo, held } = release;
  return [
    ...[number, step, paused, goesBack],
    ...(passedTo === undefined ? [] : ['past', passedTo]),
    ...(held === undefined ? [] : [held.kind, held.name]),
  ];
}

/**
 * The entity tag of an answer, without its quotes: another for every other text. What is declared and decided has a part
 * of its own, before the dot.
 */
export function entityTag(text: string, decided?: Decided): string {
  const whole = createHash('sha256').update(text).digest('hex').slice(0, LENGTH);
  return decided === undefined ? whole : `${stateTag(decided)}.${whole}`;
}
