import { describe, expect, it, test } from 'vitest';
import { Failure } from '../base/failure.ts';
import type { Rollout } from '../rollout/model.ts';
import { parseRollouts } from './read.ts';

const AT = 'spec.strategy.ab';
const VARIANTS = '[{ name: blue, stable: true }, { name: green, env: { BUTTON: green } }]';
const THREE = '[{ name: a, stable: true }, { name: b, env: { B: b } }, { name: c, env: { B: c } }]';
const ORDERS = '{ conversion: { method: post, path: /orders, status: 2xx }, minimumEffect: 5% }';

interface Written {
  readonly unit?: string;
  readonly variants?: string;
  readonly goal?: string;
  readonly more?: string;
  readonly spec?: readonly string[];
}

function read({
  unit = '{ cookie: uid }',
  variants = VARIANTS,
  goal = ORDERS,
  more = '',
  spec,
}: Written): Rollout {
  const text = [
    'metadata: { name: shop }',
    'spec:',
    '  workload: { process: { from: ./dist, command: [node, server.js] } }',
    `  strategy: { ab: { unit: ${unit}, variants: ${variants}, goal: ${goal}${more} } }`,
    ...(spec ?? ['  traffic: { gateway: {} }']),
  ].join('\n');
  const [declared] = parseRollouts(text, { file: 'rollout.yaml', format: 'yaml' });
  if (declared === undefined) throw new Error('nothing was declared');
  return declared.rollout;
}

function problemsOf(written: Written): Failure['problems'] {
  try {
    read(written);
    return [];
  } catch (error) {
    if (error instanceof Failure) return error.problems;
    throw error;
  }
}

describe('an experiment as it is written', () => {
  it('has defaults', () => {
    const { strategy, deadlineMs } = read({});
    expect(strategy).toEqual({
      kind: 'ab',
      unit: { from: 'cookie', name: 'uid' },
      control: { name: 'blue', share: 50_000 },
      challengers: [{ name: 'green', share: 50_000, env: { BUTTON: 'green' } }],
      goal: { conversion: { method: 'POST', path: '/orders', status: 2 } },
      minimumEffect: 0.05,
      untilDecided: true,
      atMostMs: 14 * 86_400_000,
      whenBetter: 'promote',
      otherwise: 'keepStable',
    });
    expect(deadlineMs).toBe(15 * 86_400_000);
  });

  it('may have several variants, divided as evenly as the gateway can', () => {
    expect(read({ variants: THREE }).strategy).toMatchObject({
      control: { name: 'a', share: 33_340 },
      challengers: [
        { name: 'b', share: 33_330, env: { B: 'b' } },
        { name: 'c', share: 33_330, env: { B: 'c' } },
      ],
    });
  });

  it('may have several variants, judged by what their processes use', () => {
    const spec = [
      '  traffic: { gateway: {} }',
      '  analysis: { checks: [{ name: cpu, usage: cpu, max: 1 }] }',
    ];
    expect(problemsOf({ variants: THREE, spec })).toEqual([]);
  });

  it('may have all of it otherwise', () => {
    const variants =
      '[{ name: a, share: 90%, stable: true }, { name: b, share: 10%, match: [{ method: PUT }] }]';
    const goal = '{ conversion: { path: /done, status: "201" } }';
    const more =
      ', endWhen: { decided: false, users: 5000, atMost: 1h }, winner: { whenBetter: ask, otherwise: ask }';
    const spec = ['  traffic: { gateway: {} }', '  deadline: 2h'];
    expect(read({ unit: 'auto', variants, goal, more, spec })).toMatchObject({
      strategy: {
        unit: { from: 'gateway' },
        control: { name: 'a', share: 90_000 },
        challengers: [{ name: 'b', share: 10_000, match: [{ method: 'PUT' }] }],
        goal: { conversion: { path: '/done', status: 201 } },
        untilDecided: false,
        users: 5_000,
        atMostMs: 3_600_000,
        whenBetter: 'ask',
        otherwise: 'ask',
      },
      deadlineMs: 7_200_000,
    });
  });
});

const CASES: readonly (readonly [what: string, written: Written, path: string, reason: string])[] = [
  ['no unit', { unit: '{}' }, `${AT}.unit`, 'unit'],
  ['two units', { unit: '{ cookie: a, header: b }' }, `${AT}.unit`, 'more than one'],
  ['no variant that runs today', { variants: '[{ name: a }, { name: b }]' }, `${AT}.variants`, '0 variants are'],
  ['nothing to compare with', { variants: '[{ name: a, stable: true }]' }, `${AT}.variants`, 'nothing to compare'],
  ['two that are one', { variants: '[{ name: a, stable: true }, { name: b }, { name: c }]' }, `${AT}.variants[2]`, 'c is the same as b'],
  ['too many variants', { variants: `[{ name: a, stable: true }, ${Array.from({ length: 10 }, (_, i) => `{ name: v${i}, env: { N: "${i}" } }`).join(', ')}]` }, `${AT}.variants`, '11 variants run at once'],
  ['a name that is none', { variants: '[{ name: "a b", stable: true }, { name: b }]' }, `${AT}.variants[0].name`, 'cannot name'],
  ['shares of less than all', { variants: '[{ name: a, share: 50%, stable: true }, { name: b, share: 40% }]' }, `${AT}.variants`, 'add up to 90%'],
  ['one share', { variants: '[{ name: a, share: 50%, stable: true }, { name: b }]' }, `${AT}.variants[1].share`, 'is missing'],
  ['nobody', { variants: '[{ name: a, share: 100%, stable: true }, { name: b, share: 0% }]' }, `${AT}.variants[1].share`, 'gets nobody'],
  ['env of what runs', { variants: '[{ name: a, stable: true, env: { A: "1" } }, { name: b }]' }, `${AT}.variants[0].env`, 'already'],
  ['a path that is none', { goal: '{ conversion: { path: "orders?x" } }' }, `${AT}.goal.conversion.path`, 'not a path'],
  ['a status that is none', { goal: '{ conversion: { path: /a, status: 6xx } }' }, `${AT}.goal.conversion.status`, '6xx'],
  ['no effect', { goal: '{ conversion: { path: /a }, minimumEffect: 0% }' }, `${AT}.goal.minimumEffect`, 'found by nothing'],
  ['no traffic', { spec: [] }, AT, 'there is no traffic'],
  ['a deadline too short', { spec: ['  traffic: { gateway: {} }', '  deadline: 1d'] }, 'spec.deadline', 'before the experiment'],
]; // prettier-ignore

test.each(CASES)('an experiment with %s is refused', (...[, written, path, reason]) => {
  const problems = problemsOf(written);
  expect(problems.map((one) => one.path)).toContain(path);
  expect(problems.find((one) => one.path === path)?.reason).toContain(reason);
});

describe('a check that is the goal', () => {
  const judgedBy = (check: string, variants = VARIANTS): Written => ({
    variants,
    goal: '{ check: it, minimumEffect: 5% }',
    spec: [
      '  traffic: { gateway: {} }',
      '  sources: [{ name: prom, prometheus: { address: "http://localhost:9090" } }]',
      `  analysis: { checks: [{ name: it, ${check} }] }`,
    ],
  });
  const RATIO = `source: prom, bad: 'a{v="{{revision}}"}', all: 'b{v="{{revision}}"}'`;

  it.each([
    'errors: { per: user }, worseBy: 50%',
    'latency: { within: 300ms }, slo: 99%',
    'latency: { within: 300ms }, worseBy: 10%',
    `ratio: { ${RATIO}, per: user }, worseBy: 10%`,
    `ratio: { ${RATIO}, per: user }, worse: lower, worseBy: 10%`,
  ])('counts users: %s', (check) => {
    expect(read(judgedBy(check)).strategy).toMatchObject({ goal: { check: 'it' } });
  });

  it.each([
    ['errors: {}, worseBy: 50%', 'hangs together'],
    ['errors: { per: user }, worse: lower, worseBy: 50%', 'nobody hopes for more'],
    ['errors: { per: user }, worse: either, worseBy: 50%', 'none is better'],
    ['latency: {}, worseBy: 10%', 'hangs together'],
    [`latency: { source: prom, query: 'a{v="{{revision}}"}', within: 300ms }, slo: 99%`, 'whose answers'],
    [`ratio: { ${RATIO} }, worseBy: 10%`, 'hangs together'],
    [`rate: { source: prom, query: 'a{v="{{revision}}"}' }, worseBy: 10%`, 'how sure'],
    [`size: { source: prom, query: 'a{v="{{revision}}"}' }, worseBy: 10%`, 'hangs together'],
    ['usage: cpu, worseBy: 10%', 'a property of processes'],
    [`value: { source: prom, query: 'a{v="{{revision}}"}' }, worseBy: 10%`, 'a property of processes'],
  ])('is refused where no user is counted: %s', (check, reason) => {
    const problem = problemsOf(judgedBy(check)).find(({ path }) => path === `${AT}.goal.check`);
    expect(problem?.reason).toContain(reason);
    expect(problem?.hint).toBeTruthy();
  });

  it('is refused where its source counts who is no part of the experiment', () => {
    const variants = '[{ name: a, stable: true }, { name: b, match: [{ method: PUT }] }]';
    const problems = problemsOf(judgedBy(`ratio: { ${RATIO}, per: user }, worseBy: 10%`, variants));
    expect(problems[0]?.reason).toContain('sent to a variant by match');
    expect(problemsOf(judgedBy('errors: { per: user }, worseBy: 50%', variants))).toEqual([]);
  });

  it('must be there', () => {
    const [problem] = problemsOf({
      ...judgedBy('errors: { per: user }, worseBy: 50%'),
      goal: '{ check: its }',
    });
    expect(problem).toMatchObject({ path: `${AT}.goal.check`, hint: 'did you mean it?' });
    expect(problemsOf({ goal: '{ check: errors }' })[0]?.hint).toContain('add analysis.checks');
  });
});
