import { describe, expect, it } from 'vitest';
import { experimentOutlook, type UserOptions } from '../../src/cli/experiment-outlook.ts';
import { experimentOutlookLines } from '../../src/cli/output/experiment-outlook.ts';
import { judgeVariants } from '../../src/analysis/experiment/variants.ts';
import { resolveRollout } from '../../src/rollout/resolve/rollout.ts';
import { compilePlan } from '../../src/strategy/compile.ts';

const ORDERS = { conversion: { method: 'POST', path: '/orders' }, minimumEffect: '5%' };
const TRAFFIC = { traffic: { requestsPerSecond: 200, errorRatio: 0, latency: [] } };

function planned(options: UserOptions, written: object = {}, traffic?: typeof TRAFFIC) {
  const rollout = resolveRollout({
    metadata: { name: 'shop' },
    spec: {
      workload: { process: { from: '.', command: ['node'] } },
      traffic: { gateway: {} },
      strategy: {
        ab: {
          unit: 'auto',
          variants: [{ name: 'blue', stable: true }, { name: 'green' }],
          goal: ORDERS,
          ...written,
        },
      },
      analysis: { checks: [{ name: 'errors', errors: { per: 'user' }, worseBy: '50%' }] },
    },
  });
  const outlook = experimentOutlook(
    compilePlan(rollout, { hasStable: true, direct: false }),
    options,
    traffic,
  );
  return { outlook, lines: outlook === undefined ? [] : experimentOutlookLines(outlook) };
}

describe('the plan of an experiment', () => {
  it('says how many users it takes, and how to learn how long that is', () => {
    expect(planned({}).lines).toEqual([
      'users: to find 5% more with a probability of 80% takes about 1260900 where 2% convert, 488500 where 5% convert, 102400 where 20% convert',
      'time: how long that is depends on how many come: add --users 20000 (new ones a day) --converting 5%',
      'warning: the gateway counts 1000000 users at most, too few to find 5% more where 2% convert, which takes about 1260900 users',
    ]);
  });

  it('says how long that is, what is seen by the end, and that it is too short', () => {
    const { lines, outlook } = planned({ users: '20000', converting: '5%' });
    expect(lines).toEqual([
      'users: to find 5% more with a probability of 80% takes about 488500 where 5% convert',
      'time: with 20000 new users a day that is about 24d where 5% convert',
      'sees: after 14d at the latest, with 280000 users, 6.6% more where 5% convert; what is smaller is too small to see',
      'warning: endWhen.atMost 14d is too short to find 5% more where 5% convert, which takes about 488500 users',
    ]);
    expect(outlook?.rates[0]).toMatchObject({ users: 488_500, isTooShort: true });
    expect(planned({ users: '200000', converting: '5%' }).lines.join()).not.toContain('warning');
  });

  it('takes requests for what they are: a bound of the users there are', () => {
    const { lines } = planned({ converting: '5%' }, {}, TRAFFIC);
    expect(lines[1]).toMatch(
      /^time: were every request another user's that is 41m where 5% convert, and it is longer/,
    );
    expect(lines).toHaveLength(2);
    const brief = planned({ converting: '5%' }, { endWhen: { atMost: '10m' } }, TRAFFIC);
    expect(brief.lines.at(-1)).toContain('endWhen.atMost 10m is too short');
  });

  it('knows the end that users are', () => {
    const { lines } = planned({ users: '20000', converting: '20%' }, { endWhen: { users: 50_000 } });
    expect(lines.at(-1)).toBe(
      'warning: endWhen.users 50000 are too few to find 5% more where 20% convert, which takes about 102400 users',
    );
  });

  it('of what is better with fewer says fewer, and where nothing can be seen says nothing', () => {
    const goal = { check: 'errors', minimumEffect: '50%' };
    const { lines } = planned({ users: '1000', converting: '1%' }, { goal, endWhen: { atMost: '1d' } });
    expect(lines[0]).toMatch(/^users: to find 50% fewer .* where 1% meet with a failed request$/);
    expect(lines[2]).toMatch(/with 1000 users, nothing where 1% meet/);
    expect(lines[3]).toMatch(/^warning: endWhen.atMost 1d is too short/);
  });

  it('without a smallest effect says what can be seen', () => {
    const { lines } = planned({ users: '20000', converting: '5%' }, { goal: { conversion: { path: '/' } } });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^sees: .* 6.6% more where 5% convert/);
  });

  it.each([
    [{ users: 'many' }, '--users many'],
    [{ users: '0' }, '--users 0'],
    [{ converting: '5' }, '--converting 5'],
    [{ converting: '100%' }, '--converting 100%'],
  ])('refuses %j', (options, message) => {
    expect(() => planned(options)).toThrow(message);
  });

  it('promises no more than there is: of experiments with the effect and the users four in five find it', () => {
    const { outlook } = planned(
      { users: '20000', converting: '20%' },
      { goal: { ...ORDERS, minimumEffect: '20%' } },
    );
    const users = (outlook?.rates[0]?.users ?? 0) / 2;
    const random = fractions(11);
    let found = 0;
    for (let i = 0; i < 200; i += 1) {
      const [blue, green] = [0.2, 0.24].map((rate) =>
        Math.round(users * rate + normal(random) * Math.sqrt(users * rate * (1 - rate))),
      );
      const arm = { planned: 0.5, trials: users };
      const question = { minimumEffect: 0.2 };
      const judged = judgeVariants(
        [
          { name: 'blue', ...arm, events: blue ?? 0 },
          { name: 'green', ...arm, events: green ?? 0 },
        ],
        question,
      );
      if (judged.verdict === 'good') found += 1;
    }
    expect(found / 200).toBeGreaterThan(0.7);
  });
});

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Fractions that look random and are the same in every run. */
function fractions(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 0x1_0000_0000;
  };
}
