import { describe, expect, it } from 'vitest';
import { aRollout } from '../../test/engine/rollouts.ts';
import { FULL_SHARE, parseShare, type Share } from '../base/share.ts';
import type { Plan, Step } from '../strategy/plan.ts';
import { requireCapabilities } from './capabilities.ts';
import type { MatchLimits, RouterCapabilities } from './ports.ts';

const PLAIN: RouterCapabilities = {
  name: 'plain',
  granularity: 1_000,
  sticky: true,
  experiments: false,
  matches: false,
  mirror: false,
};

function planOf(step: Partial<Step>): Plan {
  const weights = { stable: FULL_SHARE };
  const usual = { title: 'one', size: {}, weights, wait: { kind: 'none' } } as const;
  return { steps: [{ ...usual, exclusive: false, promoting: false, ...step }], notes: [] };
}

describe('a plan that needs more than the data plane can do', () => {
  it('is refused, naming both, for weights too fine', () => {
    const weight = parseShare('0.5%') as Share;
    const plan = planOf({ weights: { stable: (FULL_SHARE - weight) as Share, canary: weight } });
    expect(() => {
      requireCapabilities(plan, aRollout(), PLAIN);
    }).toThrow(/"one".*plain/);
  });

  it('is refused, naming both, for a match', () => {
    const plan = planOf({ matches: { canary: [{ method: 'POST' }] } });
    expect(() => {
      requireCapabilities(plan, aRollout(), PLAIN);
    }).toThrow(/"one".*plain/);
    requireCapabilities(plan, aRollout(), { ...PLAIN, matches: true });
  });

  it('is refused, naming both, for copies', () => {
    const mirrors = [{ track: 'shadow', share: FULL_SHARE, methods: ['GET'] }] as const;
    const plan = planOf({ mirrors });
    expect(() => {
      requireCapabilities(plan, aRollout(), PLAIN);
    }).toThrow(/"one".*copies of requests.*plain/);
    requireCapabilities(plan, aRollout(), { ...PLAIN, mirror: true });
  });

  it('is refused for more tracks than it knows, copies included', () => {
    const weights = {
      stable: FULL_SHARE,
      canary: parseShare('10%') as Share,
      baseline: parseShare('10%') as Share,
    };
    expect(() => {
      requireCapabilities(planOf({ weights }), aRollout(), { ...PLAIN, granularity: 1, besides: 1 });
    }).toThrow(/"one".*canary and baseline.*plain/);
    requireCapabilities(planOf({ weights }), aRollout(), { ...PLAIN, besides: 2 });
  });

  it('is told what the sizes come to where requests go to replicas evenly', () => {
    const weights = { stable: parseShare('95%') as Share, canary: parseShare('5%') as Share };
    const size = { stable: { share: FULL_SHARE } };
    const can = { ...PLAIN, granularity: 1, byReplicas: true } as const;
    const rollout = aRollout();
    const ten = { ...rollout, workload: { ...rollout.workload, replicas: 10 } };
    expect(() => {
      requireCapabilities(planOf({ weights, size }), ten, can);
    }).toThrow(/"one".*plain divides by replicas.*stable 90\.9%, canary 9\.1%/);
    requireCapabilities(planOf({ weights, size, bySize: true }), ten, can);
  });

  it('is refused for copies whose answers are compared, and of methods that are not copied', () => {
    const mirror = { track: 'shadow', share: FULL_SHARE, methods: ['GET'] } as const;
    const can = { ...PLAIN, mirror: { compares: false, methods: ['POST'] } };
    const compare = { status: true, headers: [], body: undefined } as never;
    expect(() => {
      requireCapabilities(planOf({ mirrors: [{ ...mirror, compare }] }), aRollout(), can);
    }).toThrow(/"one".*compares answers.*plain/);
    expect(() => {
      requireCapabilities(planOf({ mirrors: [mirror] }), aRollout(), can);
    }).toThrow(/"one".*GET.*plain.*POST/);
    requireCapabilities(planOf({ mirrors: [{ ...mirror, methods: ['GET', 'POST'] }] }), aRollout(), can);
  });

  describe('a match beyond its limits', () => {
    const limits: MatchLimits = {
      kinds: ['header exact', 'header regex', 'cookie exact'],
      alone: true,
      atMost: { 'header exact': 1, 'header regex': 1 },
      onlyTexts: { 'cookie exact': ['always'] },
    };
    const header = { name: 'x-beta', exact: '1' };
    const cookie = { name: 'beta', exact: 'always' };
    it.each([
      { match: [{ method: 'POST' }], why: /matches by method, which plain cannot/ },
      { match: [{ header: { name: 'x', present: false } }], why: /matches by header absent/ },
      { match: [{ header, cookie }], why: /several things of one request/ },
      { match: [{ header }, { header: { name: 'x', regex: 'a+' } }], why: /asks for a header exact 2 times/ },
      { match: [{ cookie: { ...cookie, exact: 'yes' } }], why: /matches by cookie exact "yes"/ },
    ])('is refused: $why', ({ match, why }) => {
      expect(() => {
        requireCapabilities(planOf({ matches: { canary: match } }), aRollout(), {
          ...PLAIN,
          matches: limits,
        });
      }).toThrow(why);
    });

    it('is none within them', () => {
      const plan = planOf({ matches: { canary: [{ header }, { cookie }] } });
      requireCapabilities(plan, aRollout(), { ...PLAIN, matches: limits });
    });
  });
});
