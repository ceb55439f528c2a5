import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScenarioFiles } from '../testing/scenario-files.ts';

const DEPENDENT = `
metadata: { name: shop }
spec:
  workload: { process: { from: ., command: [node] } }
  traffic: { gateway: {} }
  strategy: { canary: { steps: [{ match: [{ header: { name: X-Beta, exact: '1' } }] }, { pause: 1m }, { weight: 10% }, { gate: lead }, { hook: smoke }] } }
  gates:
    - { name: lead, approval: { by: [ana] } }
    - { name: probe, at: start, webhook: { url: 'http://127.0.0.1:9' } }
    - { name: hours, at: start, window: { from: '09:00', to: '16:00', timeZone: UTC } }
    - { name: after, at: start, rollout: { name: payments, phase: Healthy } }
  hooks: [{ name: smoke, command: [npm, test] }]
  sources: [{ name: prom, prometheus: { address: 'http://127.0.0.1:9' } }]
  analysis:
    checks:
      - { name: errors, errors: {}, worseBy: 10% }
      - { name: queue, value: { source: prom, query: 'q{r="{{revision}}"}' }, max: 10 }
      - { name: cpu, usage: memory, max: 1Gi }
---
metadata: { name: payments }
spec:
  workload: { process: { from: ., command: [node] } }
  traffic: { gateway: { host: payments.example.com } }
  strategy: { canary: { weights: [10%] } }
`;

const EXPERIMENT = `
metadata: { name: shop }
spec:
  workload: { process: { from: ., command: [node] } }
  traffic: { gateway: {} }
  strategy:
    ab:
      unit: { cookie: uid }
      variants: [{ name: blue, stable: true }, { name: green, env: { A: '1' } }, { name: red, env: { A: '2' } }]
      goal: { conversion: { path: /orders } }
`;

const PLAIN = `
metadata: { name: shop }
spec:
  workload: { process: { from: ., command: [node] } }
  traffic: { gateway: {} }
  strategy: { canary: { weights: [10%] } }
`;

const VERSIONS = 'versions: [{ name: v1 }, { name: v2 }]\n';
const ON_DEPENDENT = `${VERSIONS}rollouts: [{ file: dependent.yaml }]\n`;
const ON_EXPERIMENT = `${VERSIONS}rollouts: [{ file: experiment.yaml }]\n`;

let files: ScenarioFiles;

beforeAll(async () => {
  files = await ScenarioFiles.create({
    'plain.yaml': PLAIN,
    'dependent.yaml': DEPENDENT,
    'experiment.yaml': EXPERIMENT,
  });
});
afterAll(() => files.destroy());

describe('what a scenario says of users, gates, hooks and checks', () => {
  it('leaves out gates, hooks and checks of which it says nothing, and says so', async () => {
    const { subjects, notes } = await files.read(
      `${VERSIONS}rollouts: [{ file: dependent.yaml, name: shop }]`,
    );
    const { rollout } = subjects[0]!;
    expect([rollout.gates, rollout.hooks]).toEqual([[], []]);
    expect(rollout.strategy).toMatchObject({
      steps: [{ kind: 'match' }, { kind: 'pause' }, { kind: 'weight' }],
    });
    expect(notes).toEqual([
      'shop: the gate lead is left out: nothing is said of it (answers, in a scenario)',
      'shop: the gate probe is left out: nothing is said of it (answers, in a scenario)',
      'shop: the gate hours is left out: nothing tells what time it is (starts, in a scenario)',
      'shop: the gate after is left out: payments is not simulated',
      'shop: the hook smoke is left out: nothing is said of it (answers, in a scenario)',
      'shop: the check queue is left out: nothing tells what it measures (measured, in a scenario)',
      'shop: the check cpu is left out: nothing tells what it measures (measured, in a scenario)',
    ]);
  });

  it('plays what it says something of', async () => {
    const { subjects, notes, startsAt } = await files.read(`
${ON_DEPENDENT}starts: 2026-11-30
users: { requests: 3, count: 70 }
audience: [{ header: x-beta, value: "1", share: 2% }]
answers: [{ name: probe, takes: 90s }, { name: smoke, version: v2, fails: true }, { name: smoke, never: true }]
measured: [{ check: queue, version: v2, values: [1, 2], every: 5m, noise: 5% }, { check: cpu, value: 512Mi }]
happens: [{ at: 1m, rollout: shop, approve: { gate: lead, by: ana, groups: [leads] } }]
`);
    expect(notes).toEqual([]);
    expect(startsAt).toBe(Date.parse('2026-11-30T00:00:00Z'));
    const [shop, payments] = subjects;
    expect(shop!.rollout.gates.map(({ name }) => name)).toEqual(['lead', 'probe', 'hours', 'after']);
    expect(shop).toMatchObject({
      users: { requestsEach: 3, count: 70 },
      audience: [{ of: 'header', name: 'x-beta', value: '1', share: 0.02 }],
      answers: [
        { name: 'probe', takesMs: 90_000, isYes: true },
        { name: 'smoke', version: 'v2', takesMs: 0, isYes: false },
        { name: 'smoke', takesMs: Infinity },
      ],
      measured: [
        { check: 'queue', version: 'v2', values: [1, 2], everyMs: 300_000, noise: 0.05 },
        { check: 'cpu', values: [2 ** 29], noise: 0 },
      ],
      acts: [{ atMs: 60_000, kind: 'vote', gate: 'lead', isYes: true, by: 'ana', groups: ['leads'] }],
    });
    expect(payments!.measured).toEqual([]);
  });

  it('lets copies wait for copies of the same number', async () => {
    const { subjects } = await files.read(
      `${VERSIONS}rollouts: [{ file: dependent.yaml, name: shop, copies: 2 }, { file: dependent.yaml, name: payments, copies: 2 }]`,
    );
    expect(subjects.map(({ rollout }) => rollout.gates)).toMatchObject([
      [{ rollout: 'payments-1' }],
      [{ rollout: 'payments-2' }],
      [],
      [],
    ]);
  });
});

describe('what is wrong with that', () => {
  it.each<[string, readonly string[]]>([
    [
      `${ON_EXPERIMENT}happens: [{ at: 0s, release: v2 }]`,
      [
        'scenario.yaml:3:30 happens[0].release: shop compares several variants, and v2 is one version',
        '  experiment: [{ name: green, version: … }, { name: red, version: … }]',
      ],
    ],
    [
      `${VERSIONS}rollouts: [{ file: plain.yaml }]\nhappens: [{ at: 0s, experiment: [{ name: green, version: v2 }] }]`,
      [
        'scenario.yaml:3:21 happens[0].experiment: shop compares no variants',
        '  release: with the name of a version',
      ],
    ],
    [
      `${ON_EXPERIMENT}happens: [{ at: 0s, experiment: [{ name: gren, version: v2 }, { name: red, version: v2 }] }]`,
      [
        'scenario.yaml:3:21 happens[0].experiment: says nothing of green',
        '  name a version for each variant',
        'scenario.yaml:3:42 happens[0].experiment[0].name: no variant of shop is named gren',
        '  did you mean green?',
        'scenario.yaml:3:85 happens[0].experiment[1].version: another variant runs v2',
        '  give each variant a version of its own',
      ],
    ],
    [
      `${ON_DEPENDENT}answers: [{ name: prob }]`,
      ['scenario.yaml:3:19 answers[0].name: no gate or hook is named prob', '  did you mean probe?'],
    ],
    [
      `${ON_DEPENDENT}answers: [{ name: hours }]`,
      [
        'scenario.yaml:3:19 answers[0].name: the gate hours opens by itself: it is a window',
        '  write starts, and it opens by the clock',
      ],
    ],
    [
      `${ON_DEPENDENT}answers: [{ name: probe, takes: 5m, never: true }]`,
      [
        'scenario.yaml:3:33 answers[0].takes: is the time to an answer, and there is none',
        '  leave out takes, or never',
      ],
    ],
    [
      `${ON_DEPENDENT}answers: [{ name: probe, fails: true, never: true }]`,
      ['scenario.yaml:3:11 answers[0]: has more than one way to end: fails and never', '  keep one of them'],
    ],
    [
      `${ON_DEPENDENT}audience: [{ header: x-bta, share: 2% }]`,
      ['scenario.yaml:3:12 audience[0]: no match asks for the header x-bta', '  there are: header x-beta 1'],
    ],
    [
      `${ON_DEPENDENT}audience: [{ share: 2% }]`,
      [
        'scenario.yaml:3:12 audience[0]: needs one thing that requests say: header, cookie, query, path or method',
      ],
    ],
    [
      `${VERSIONS}rollouts: [{ file: plain.yaml }]\naudience: [{ header: x-beta, share: 2% }]`,
      [
        'scenario.yaml:3:12 audience[0]: no Rollout asks what requests say',
        '  leave out audience, or add a match to a Rollout',
      ],
    ],
    [
      `${ON_DEPENDENT}audience: [{ path: /shop, value: a, share: 2% }]`,
      [
        'scenario.yaml:3:12 audience[0]: no match asks for the path /shop',
        '  there are: header x-beta 1',
        'scenario.yaml:3:34 audience[0].value: is of a header, a cookie or a parameter',
        '  leave it out',
      ],
    ],
    [
      `${ON_DEPENDENT}measured: [{ check: errors, value: 2% }]`,
      [
        'scenario.yaml:3:21 measured[0].check: errors is measured at the gateway, by what versions are like',
        '  say it of a version: errors or latency',
      ],
    ],
    [
      `${ON_DEPENDENT}measured: [{ check: quue, value: 2 }]`,
      ['scenario.yaml:3:21 measured[0].check: no check is named quue', '  did you mean queue?'],
    ],
    [
      `${ON_DEPENDENT}measured: [{ check: queue, version: v9, value: 2, every: 1m }]`,
      [
        'scenario.yaml:3:37 measured[0].version: no version is named v9',
        '  did you mean v1?',
        'scenario.yaml:3:58 measured[0].every: is only for several values',
        '  write values: [ … ]',
      ],
    ],
    [
      `${ON_DEPENDENT}measured: [{ check: cpu, value: 300ms }]`,
      ['scenario.yaml:3:33 measured[0].value: 300ms is not an amount of bytes, as in 512Mi'],
    ],
    [
      `${ON_DEPENDENT}measured: [{ check: queue }]`,
      ['scenario.yaml:3:12 measured[0]: needs one thing that is measured: value or values'],
    ],
    [
      `${ON_DEPENDENT}happens: [{ at: 0s, approve: { gate: lad } }]`,
      ['scenario.yaml:3:38 happens[0].approve.gate: no approval is named lad', '  did you mean lead?'],
    ],
    [
      `${ON_DEPENDENT}happens: [{ at: 0s, reject: { gate: probe, groups: [a] } }]`,
      [
        'scenario.yaml:3:37 happens[0].reject.gate: the gate probe is no approval: it is a webhook',
        '  say what it comes to in answers',
        'scenario.yaml:3:44 happens[0].reject.groups: are of nobody',
        '  write by: as well',
      ],
    ],
    [
      `${ON_DEPENDENT}starts: 2026-02-30`,
      ['scenario.yaml:3:9 starts: 2026-02-30 is not a moment of the calendar'],
    ],
    [`${ON_DEPENDENT}users: { requests: 0 }`, ['scenario.yaml:3:20 users.requests: must be at least 1']],
    [
      VERSIONS.replace('name: v2', 'name: v2, conversions: 3'),
      [
        'scenario.yaml:1:51 versions[1].conversions: must be a share, as in "5%" or "0.5%", but is a number',
        '  did you mean 3%?',
      ],
    ],
  ])('is refused with its place and what to write instead: %s', async (text, problems) => {
    expect(await files.problemsOf(text)).toEqual(problems);
  });
});
