import type { CountedTick, EndedRelease } from '../../src/engine/decision.ts';
import type { RecordedEvent } from '../../src/report/recording.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { resolveRollout } from '../../src/rollout/resolve/rollout.ts';
import { releaseInVirtualTime, type VersionBehaviour } from '../engine/virtual-release.ts';
import { aDocument } from './views.ts';

/** A release that the real engine has made in virtual time, with what would have been stored of it. */
export interface Recorded {
  readonly document: JsonObject;
  readonly ticks: readonly CountedTick[];
  readonly ended: EndedRelease;
  readonly events: readonly RecordedEvent[];
}

/** What a good version does. */
export const GOOD: VersionBehaviour = { errorRate: 0.001, slowness: 1 };

/** What one does that fails some of its users. */
export const FAILING: VersionBehaviour = { errorRate: 0.05, slowness: 1 };

/** The document of `shop` with this analysis. */
export function documentWith(analysis: JsonObject): JsonObject {
  const document = aDocument();
  const spec = document['spec'] as JsonObject;
  const analyze = { atLeast: '10s', atMost: '90s' };
  const steps = [{ weight: '5%' }, { analyze }, { weight: '50%' }, { analyze }];
  return { ...document, spec: { ...spec, strategy: { canary: { steps } }, analysis } };
}

const made = new Map<string, Recorded>();

/** Releases `shop` judged so, to its end; everything as JSON gives it back. The same release is made once. */
export function recordedRelease(analysis: JsonObject, candidate: VersionBehaviour = GOOD): Recorded {
  const key = JSON.stringify([analysis, candidate]);
  const recorded = made.get(key) ?? releaseOf(documentWith(analysis), candidate);
  made.set(key, recorded);
  return recorded;
}

/** Releases `shop` as a document says, to its end. */
export function releaseOf(document: JsonObject, candidate: VersionBehaviour): Recorded {
  const ticks: CountedTick[] = [];
  const events: RecordedEvent[] = [];
  let ended: EndedRelease | undefined;
  releaseInVirtualTime(100, 7, {
    rollout: resolveRollout(document),
    candidate,
    onDecision: (decision, at) => {
      for (const { type, message } of decision.events) events.push({ at, type, message });
      if (decision.counted !== undefined) ticks.push(decision.counted);
      ended = decision.ended;
    },
  });
  if (ended === undefined) throw new Error('the release has not ended');
  return JSON.parse(JSON.stringify({ document, ticks, ended, events })) as Recorded;
}
