import { NO_EVIDENCE } from '../../src/analysis/evidence.ts';
import type { Judgement } from '../../src/analysis/judgement.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { Failure } from '../../src/base/failure.ts';
import type { RolloutRecord } from '../../src/controller/ports.ts';
import type { CountedTick, EndedRelease, EngineEvent } from '../../src/engine/decision.ts';
import { NEW_STATUS } from '../../src/engine/status.ts';
import type { RevisionId, Rollout } from '../../src/rollout/model.ts';
import type { StoreOptions } from '../../src/store/store.ts';
import { aRollout } from '../engine/rollouts.ts';

/** What a store is opened with; its documents are `{ name, historyKeep }`, and `{ broken }` is not understood. */
export const OPTIONS: StoreOptions = { resolve, now: () => 1_700_000_000_000, version: '1.2.3' };

function resolve(document: JsonObject): Rollout {
  if (document['broken'] !== undefined) throw new Failure('invalidSpec', 'a word that is not known');
  return aRollout({ name: document['name'] as string, historyKeep: Number(document['historyKeep'] ?? 10) });
}

/** A record that was never saved. */
export function aRecord(name = 'shop', historyKeep = 10): RolloutRecord {
  const document = { name, historyKeep };
  return {
    rollout: resolve(document),
    document: JSON.stringify(document),
    generation: 1,
    wanted: { revision: revision('1'), mode: 'strategy' },
    status: NEW_STATUS,
    deleting: false,
    version: 0,
  };
}

export function revision(suffix: string): RevisionId {
  return `r1-${suffix.padStart(12, '0')}` as RevisionId;
}

export function anEvent(release: number, message = 'it began'): EngineEvent {
  return { type: 'ReleaseStarted', message, release, revision: revision(String(release)) };
}

const JUDGEMENT: Judgement = { verdict: 'undecided', reason: '12 requests', checks: [] };

export function aTick(release: number, at: number): CountedTick {
  return {
    release,
    step: 0,
    at,
    tick: {
      ms: 1_000,
      candidate: { requests: 12, errors: 1, latency: [[170, 12]] },
      control: { requests: 180, errors: 0, latency: [[168, 180]] },
    },
    judgement: JUDGEMENT,
  };
}

export function anEndedRelease(number: number): EndedRelease {
  return {
    number,
    from: revision(String(number - 1)),
    to: revision(String(number)),
    plan: { steps: [], notes: [] },
    startedAt: 1_000,
    endedAt: 2_000,
    outcome: 'promoted',
    reason: 'all steps done',
    evidence: { ...NO_EVIDENCE, checks: { errors: { logE: -1.5 } } },
    judgement: JUDGEMENT,
    served: { requests: 12, errors: 1 },
  };
}
