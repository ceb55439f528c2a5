import { describe, expect, it } from 'vitest';
import { examineRollout } from './rollout.ts';

function examined(shadow: object, more: object = {}): ReturnType<typeof examineRollout> {
  return examineRollout({
    metadata: { name: 'shop' },
    spec: {
      workload: { process: { from: '.', command: ['node'] } },
      traffic: { gateway: {} },
      strategy: { shadow },
      ...more,
    },
  });
}

describe('a shadow as it is written', () => {
  it('copies GET and HEAD for an hour, unless it says otherwise, and discards', () => {
    expect(examined({ share: '10%' }).rollout?.strategy).toEqual({
      kind: 'shadow',
      share: 10_000,
      methods: ['GET', 'HEAD'],
      until: { atMostMs: 3_600_000 },
    });
    const more = { methods: ['POST'], until: { requests: 50, atMost: '5m' }, then: { discard: {} } };
    expect(examined({ share: '10%', ...more }).rollout?.strategy).toEqual({
      kind: 'shadow',
      share: 10_000,
      methods: ['POST'],
      until: { requests: 50, atMostMs: 300_000 },
    });
  });

  it('has checks for what it compares, before those of the Rollout', () => {
    const body = { ignore: ['/ts', '/items/*/seen~1at'] };
    const checks = [{ name: 'errors', errors: {}, worseBy: '50%' }];
    const compare = { body, latency: true, differ: '0.5%' };
    const { rollout } = examined({ share: '10%', compare }, { analysis: { checks } });
    expect(rollout?.strategy).toMatchObject({ compare: { status: true, headers: false, body } });
    expect(rollout?.analysis?.checks.map(({ name, metric, floor }) => [name, metric.kind, floor])).toEqual([
      ['answers', 'differences', 0.005],
      ['answer-times', 'latency', undefined],
      ['errors', 'errors', undefined],
    ]);
  });

  it('is judged by what it compares, with the usual promise, where there is no analysis', () => {
    const { rollout } = examined({ share: '10%', compare: {} });
    expect(rollout?.analysis).toMatchObject({
      falseAlarms: 0.01,
      checks: [{ name: 'answers', floor: 0.001 }],
    });
    expect(rollout?.strategy).toMatchObject({ compare: { status: true, headers: false } });
  });

  it('looks into no answer where only the times are compared', () => {
    const { rollout } = examined({ share: '10%', compare: { status: false, latency: true } });
    expect(rollout?.strategy).not.toHaveProperty('compare');
    expect(rollout?.analysis?.checks.map(({ name }) => name)).toEqual(['answer-times']);
  });

  it('refuses a check of the name of its own', () => {
    const checks = [{ name: 'answers', errors: {}, max: '1%' }];
    const { findings } = examined({ share: '10%', compare: {} }, { analysis: { checks } });
    expect(findings.map(({ path, reason }) => [path, reason])).toEqual([
      ['spec.analysis', 'compare has a check of the name answers already'],
    ]);
  });

  it('may go on as a canary', () => {
    const { rollout } = examined({ share: '10%', then: { canary: { weights: ['5%'] } } });
    expect(rollout?.strategy).toMatchObject({ then: { kind: 'canary', capacity: 'match' } });
  });

  const then = (canary: object): object => ({ share: '5%', then: { canary } });
  it.each<[object, string, string, string?]>([
    [{ share: '0%' }, 'share', 'copies nothing', 'above 0%'],
    [{ until: { requests: 5 } }, 'share', 'required'],
    [{ share: '5%', methods: ['get'] }, 'methods[0]', 'no method', 'did you mean GET?'],
    [{ share: '5%', methods: ['TRACE'] }, 'methods[0]', 'no method', 'one of GET'],
    [{ share: '5%', methods: [] }, 'methods', 'must not be empty'],
    [{ share: '5%', until: { requests: 0 } }, 'until.requests', 'at least 1'],
    [{ share: '5%', until: { atMost: '0s' } }, 'until.atMost', 'too short'],
    [{ share: '5%', methods: ['POST'], compare: {} }, 'methods', 'none of these', 'add GET'],
    [{ share: '5%', compare: { status: false } }, 'compare', 'nothing is compared'],
    [{ share: '5%', compare: { differ: '0%' } }, 'compare.differ', 'no version answers twice', 'above 0%'],
    [{ share: '5%', compare: { body: { ignore: ['ts'] } } }, 'compare.body.ignore[0]', 'no JSON pointer'],
    [{ share: '5%', then: {} }, 'then', 'needs one sequel'],
    [then({ weights: ['5%', '5%'] }), 'then.canary.weights[1]', 'does not grow'],
    [then({ replicas: [1] }), 'then.canary.replicas', 'sizes send nobody'],
    [then({ steps: [{ weight: '5%' }, { mirror: '5%' }] }), 'then.canary.steps[1].mirror', 'too late'],
    [then({ weights: ['60%'], baseline: true }), 'then.canary.weights[0]', 'too little'],
    [then({ steps: [{ hook: 'a' }] }), 'then.canary.steps[0].hook', 'no hook is named a'],
  ])('%j is refused at %s', (...[shadow, path, reason, hint = '']) => {
    const { findings } = examined(shadow);
    const found = findings.find((one) => one.path === `spec.strategy.shadow.${path}`);
    expect(found?.reason).toContain(reason);
    expect(found?.hint ?? '').toContain(hint);
  });

  it('needs traffic, and an artefact of which two versions can run', () => {
    const workload = { process: { from: { live: '.' }, command: ['node'] } };
    const paths = examined({ share: '5%' }, { traffic: undefined, workload }).findings.map(
      ({ path }) => path,
    );
    expect(paths).toEqual(['spec.workload.process.from', 'spec.strategy.shadow']);
  });
});
