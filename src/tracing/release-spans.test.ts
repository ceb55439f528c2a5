import { describe, expect, it } from 'vitest';
import { aReleaseState } from '../../test/engine/release-state.ts';
import { aRecord } from '../../test/store/records.ts';
import type { ControllerOptions } from '../controller/controller.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import type { ReleaseState, Status } from '../engine/status.ts';
import { ReleaseTraces } from './release-traces.ts';
import type { Span } from './span.ts';

const STARTED = 1_000_000;

function at(differences: Partial<ReleaseState>): RolloutRecord {
  return withStatus({ release: aReleaseState({ startedAt: STARTED, stageMs: 0, ...differences }) });
}

function withStatus(status: Partial<Status>): RolloutRecord {
  const record = aRecord();
  return { ...record, status: { ...record.status, ...status } };
}

const to = aReleaseState().to;
const PROMOTED = withStatus({
  lastOutcome: { release: 2, revision: to, outcome: 'promoted', reason: 'no harm' },
});
const BACK = { kind: 'back', outcome: 'rolledBack', reason: 'errors', reject: true } as const;
const ROLLED_BACK = withStatus({
  lastOutcome: { release: 2, revision: to, outcome: 'rolledBack', reason: 'errors' },
});

/** What is told of looks, one each second; `restartsAfter`: another process makes those after so many. */
function traced(looks: readonly RolloutRecord[], restartsAfter = Infinity): readonly Span[] {
  const spans: Span[] = [];
  let now = STARTED - 1_000;
  const begin = (): ControllerOptions =>
    new ReleaseTraces({ push: (more) => spans.push(...more) }).watching({
      now: () => now,
    } as unknown as ControllerOptions);
  let options = begin();
  looks.forEach((record, index) => {
    if (index === restartsAfter) options = begin();
    now += 1_000;
    options.onLook?.('shop', record, {});
  });
  return spans;
}

const STORY = [
  at({ step: 0, stage: 'grow' }),
  at({ step: 0, stage: 'route' }),
  at({ step: 0, stage: 'wait' }),
  at({ step: 0, stage: 'wait', paused: true }),
  at({ step: 0, stage: 'wait' }),
  at({ step: 1, stage: 'route', held: { kind: 'gate', name: 'qa', before: 'route', forMs: 0 } }),
  at({ step: 1, stage: 'route' }),
  PROMOTED,
  PROMOTED,
];

const inWords = (spans: readonly Span[]): readonly string[] =>
  spans.map(
    ({ name, startedAt, endedAt }) =>
      `${name} ${(startedAt - STARTED) / 1_000}–${(endedAt - STARTED) / 1_000}`,
  );

describe('the trace of a release', () => {
  it('has its steps, and in them what they did, from beginning to end', () => {
    expect(inWords(traced(STORY))).toEqual([
      'start processes 0–1',
      'write route 1–2',
      'wait 2–3',
      'paused 3–4',
      'wait 4–5',
      'step 1: canary 5% 0–5',
      'gate qa 5–6',
      'write route 6–7',
      'step 2: canary 50% 5–7',
      'release shop 2 0–7',
    ]);
  });

  it('is one tree: each span has an id of its own and a parent that is told later', () => {
    const spans = traced(STORY);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    spans.forEach(({ parentId, name }, index) => {
      const later = spans.slice(index + 1).some(({ spanId }) => spanId === parentId);
      expect([name, later || parentId === undefined]).toEqual([name, true]);
    });
    expect(spans.filter(({ parentId }) => parentId === undefined).map(({ name }) => name)).toEqual([
      'release shop 2',
    ]);
  });

  it('has ids as W3C Trace Context wants them', () => {
    for (const { traceId, spanId } of traced(STORY)) {
      expect(traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
      expect(spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
    }
  });

  it.each(STORY.map((_, index) => index).slice(1))('goes on after a restart at look %s', (restartsAfter) => {
    const whole = traced(STORY);
    const spans = traced(STORY, restartsAfter);
    const [{ traceId } = { traceId: '' }] = whole;
    expect(spans.every((span) => span.traceId === traceId)).toBe(true);
    const ids = new Set(spans.map(({ spanId }) => spanId));
    // What ended while nobody looked is told by nobody: a step, or the release when it was its end.
    const missing = spans.flatMap(({ parentId }) =>
      parentId === undefined || ids.has(parentId) ? [] : [parentId],
    );
    const endedUnseen =
      STORY[restartsAfter]?.status.release?.step !== STORY[restartsAfter - 1]?.status.release?.step;
    if (!endedUnseen) expect(missing).toEqual([]);
    expect(ids.size).toBe(spans.length);
  });

  it('says which way it went back, and why', () => {
    const spans = traced([at({}), at({ direction: BACK }), ROLLED_BACK]);
    const failed = spans.filter(({ error }) => error !== undefined);
    expect(failed.map(({ name, error }) => [name, error])).toEqual([
      ['go back', 'errors'],
      ['release shop 2', 'errors'],
    ]);
    expect(spans.at(-1)?.attributes).toMatchObject({
      'coalmine.outcome': 'rolledBack',
      'coalmine.reason': 'errors',
      'coalmine.rollout': 'shop',
      'coalmine.revision.to': to,
      'coalmine.candidate.requests': 100,
    });
  });

  it('is another one for the next release, and for one of the same number elsewhere', () => {
    const next = at({ number: 3, startedAt: STARTED + 2_000 });
    const spans = traced([at({}), next, withStatus({})]);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(2);
    const elsewhere = { ...at({}), rollout: { ...aRecord().rollout, namespace: 'prod' } };
    const [there] = traced([elsewhere, { ...PROMOTED, rollout: elsewhere.rollout }]);
    expect(there?.traceId).not.toBe(traced([at({}), PROMOTED])[0]?.traceId);
  });

  it('tells nothing of what is at rest', () => {
    expect(traced([aRecord(), PROMOTED, PROMOTED])).toEqual([]);
  });
});
