import { expect, test } from 'vitest';
import { aRollout } from '../../test/engine/rollouts.ts';
import { advance } from '../engine/advance.ts';
import { NEW_STATUS, type Status } from '../engine/status.ts';
import { steer } from '../engine/steer.ts';
import type { RevisionId } from '../rollout/model.ts';
import { sharedDeadline } from '../system/waiting.ts';
import { observe } from './observe.ts';
import type { MetricsQuestion, RolloutRecord } from './ports.ts';

const NOW = 1_700_000_000_000;
const OLD = 'r1-old' as RevisionId;
const NEW = 'r1-new' as RevisionId;
const rollout = aRollout();
const atRest: Status = { ...NEW_STATUS, stable: OLD };
const forward = advance(rollout, atRest, { wanted: { revision: NEW, mode: 'strategy' } }, NOW).status;
const back = steer(forward, { verb: 'abort' }).status;

/** What is asked to be measured at a look. */
async function asked(status: Status): Promise<MetricsQuestion | undefined> {
  const record: RolloutRecord = {
    rollout,
    document: '{}',
    generation: 1,
    status,
    deleting: false,
    version: 1,
  };
  let question: MetricsQuestion | undefined;
  const metrics = {
    read: (one: MetricsQuestion) => {
      question = one;
      return Promise.resolve(undefined);
    },
  };
  await observe(record, {
    ports: {
      workload: { observe: () => Promise.resolve([]), apply: () => Promise.resolve() },
      metrics,
      forgetRoute: () => Promise.resolve(undefined),
    },
    now: () => NOW,
    onTrouble: (what) => {
      throw new Error(what);
    },
    deadline: sharedDeadline(5_000),
  });
  return question;
}

test('what a release is judged by is measured while it goes forward, for both of its revisions', async () => {
  const checks = rollout.analysis?.checks;
  expect(await asked(forward)).toEqual({
    at: NOW,
    checks,
    candidate: NEW,
    control: OLD,
    controlTrack: 'stable',
  });
});

test('no source is asked, and so none waited for, at rest and on the way back', async () => {
  expect(await asked(atRest)).toEqual({ at: NOW, checks: [] });
  expect(await asked(back)).toEqual({ at: NOW, checks: [] });
});
