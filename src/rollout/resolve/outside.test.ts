import { parse } from 'yaml';
import { expect, test } from 'vitest';
import type { Finding } from '../finding.ts';
import { examineRollout } from './rollout.ts';

/** What is written, and the path, the reason and the hint (parts of them) of the one problem with it. */
type Case = readonly [spec: string, path: string, reason: string, hint?: string];

const gate = (more: string, name = 'sre') => `gates: [{ name: ${name}, ${more} }]`;
const GATE = 'spec.gates[0]';

const CASES: readonly Case[] = [
  [gate('approval: { by: [ana] }', 'a'), 'spec.gates[0]', 'nothing says when a has its moment', 'write at'],
  [gate('at: strat, approval: { by: [ana] }'), 'spec.gates[0].at', 'not one of its words: start, step'],
  [gate('approval: { by: [ana] }, at: start', 'a b'), 'spec.gates[0].name', 'letters, digits'],
  [gate('at: start, approval: { by: [] }'), `${GATE}.approval.by`, 'must not be empty'],
  [
    gate('at: start, approval: { by: ["team:x"] }'),
    `${GATE}.approval.by[0]`,
    "nobody's name",
    'group:<name>, user:<name> or token:<name>',
  ],
  [gate('at: start, approval: { by: [ana], count: 2 }'), `${GATE}.approval.count`, 'only 1 may'],
  [gate('at: start, approval: { by: [ana], count: 0 }'), `${GATE}.approval.count`, 'at least 1'],
  [
    gate('at: start, approval: { by: [ana], otherwise: hold }'),
    `${GATE}.approval.otherwise`,
    'without within',
  ],
  [gate('at: start, approval: { by: [ana], within: 24h }'), `${GATE}.approval.within`, 'the deadline'],
  [gate('at: start, window: { from: "9:00", to: "16:00" }'), `${GATE}.window.from`, 'not a time of day'],
  [gate('at: start, window: { from: "24:00", to: "16:00" }'), `${GATE}.window.from`, 'not a time of day'],
  [gate('at: start, window: { from: 540, to: "16:00" }'), `${GATE}.window.from`, 'but is a number'],
  [
    gate('at: start, window: { from: "09:00", to: "16:00", timeZone: Europe/Madird }'),
    `${GATE}.window.timeZone`,
    'Europe/Madird is not a time zone',
    'IANA',
  ],
  [
    gate('at: start, window: { days: [monday], from: "09:00", to: "16:00" }'),
    `${GATE}.window.days[0]`,
    'not one of its words: mon',
  ],
  [gate('at: start, freeze: { from: 2026-12-24, to: 2026-12-23 }'), `${GATE}.freeze.to`, 'is not after'],
  [gate('at: start, freeze: { from: 2026-02-30, to: 2026-12-23 }'), `${GATE}.freeze.from`, 'calendar'],
  [gate('at: start, freeze: { from: today, to: 2026-12-23 }'), `${GATE}.freeze.from`, 'not a moment'],
  ['hooks: [{ name: m, at: eachStep }]', 'spec.hooks[0]', 'needs one kind of hook'],
  ['hooks: [{ name: m, command: [a] }]', 'spec.hooks[0]', 'nothing says when m has its moment', 'write at'],
  ['hooks: [{ name: m, at: eachstep, command: [a] }]', 'spec.hooks[0].at', 'not one of', 'eachStep'],
  ['hooks: [{ name: m, at: eachStep, command: a }]', 'spec.hooks[0].command', 'must be a list'],
  ['hooks: [{ name: m, at: eachStep, command: [a], timeout: 2d }]', 'spec.hooks[0].timeout', 'too long'],
  ['hooks: [{ name: m, at: eachStep, job: { template: t } }]', 'spec.hooks[0].job', 'in a cluster only'],
  [
    'hooks: [{ name: m, at: eachStep, webhook: { url: ftp://x } }]',
    'spec.hooks[0].webhook.url',
    'not an http',
  ],
  [
    'hooks: [{ name: m, at: eachStep, webhook: { url: "http://a:b@c" } }]',
    'spec.hooks[0].webhook.url',
    'holds a password',
  ],
  [gate('at: start, webhook: { url: "http://x", every: 10ms }'), `${GATE}.webhook.every`, 'too short'],
  [gate('at: start, webhook: { url: "http://x", within: 2d }'), `${GATE}.webhook.within`, 'the deadline'],
  [gate('at: start, rollout: { name: a, phase: Happy }'), `${GATE}.rollout.phase`, 'not one of'],
  [
    gate('at: start, rollout: { name: shop, phase: Healthy }'),
    `${GATE}.rollout.name`,
    'shop would wait for itself',
    'to come first',
  ],
  [
    gate('at: start, rollout: { name: a, phase: Healthy, same: image }'),
    `${GATE}.rollout.same`,
    'not one of',
  ],
  [
    gate('at: start, rollout: { name: a, phase: Healthy, for: ten }'),
    `${GATE}.rollout.for`,
    'not a duration',
  ],
  [gate('at: start, rollout: { name: a, phase: Healthy, for: 0s }'), `${GATE}.rollout.for`, 'too short'],
  [gate('at: start, approval: { by: [ana, "token:ana"], count: 2 }'), `${GATE}.approval.count`, 'only 1 may'],
];

const named = CASES.map(([spec, path, reason, hint = '']) => ({ spec, path, reason, hint }));

test.each(named)('$spec is refused at $path', ({ spec, path, reason, hint }) => {
  const [problem, ...others] = problemsOf(spec);
  expect(others).toEqual([]);
  expect(problem?.path).toBe(path);
  expect(problem?.reason).toContain(reason);
  expect(problem?.hint ?? '').toContain(hint);
});

const asks = 'analysis: { checks: [{ name: a, value: { source: prom, query: x }, max: 1 }] }';

test.each([
  {
    what: 'a step that names a gate wrongly',
    steps: '[{ gate: sree }]',
    spec: gate('approval: { by: [ana] }'),
    path: 'steps[0].gate',
  },
  {
    what: 'a strategy that is wrong elsewhere',
    steps: '[{ weight: 50 }]',
    spec: gate('approval: { by: [ana] }'),
    path: '[0].weight',
  },
  {
    what: 'gates that are wrong',
    steps: '[{ gate: sre }]',
    spec: gate('approval: { by: ana }'),
    path: `${GATE}.approval.by`,
  },
  {
    what: 'sources that are wrong',
    steps: '[{ weight: 5% }]',
    spec: `${asks}\n  sources: [{ name: prom, prometheus: 7 }]`,
    path: 'spec.sources[0]',
  },
])('$what: that is told, and nothing that only comes of it', ({ steps, spec, path }) => {
  const document = documentWith(spec, `{ canary: { steps: ${steps} } }`);
  const paths = examineRollout(document).findings.map((finding) => finding.path);
  expect(paths).toEqual([expect.stringContaining(path)]);
});

test('a live directory is never the same artefact as another', () => {
  const document = parse(`metadata: { name: shop }
spec:
  workload: { process: { from: { live: . }, command: [node] } }
  strategy: { recreate: {} }
  ${gate('at: start, rollout: { name: a, phase: Healthy, same: artefact }')}`) as unknown;
  const [problem] = examineRollout(document).findings;
  expect([problem?.path, problem?.reason]).toEqual([
    `${GATE}.rollout.same`,
    'a live directory is no artefact that another Rollout could run',
  ]);
});

test('what the cases get wrong can be written right', () => {
  const day = 'freeze: { from: 2026-12-24, to: 2026-12-24 }';
  const { rollout } = examineRollout(documentWith(gate(`at: start, ${day}`)));
  expect(rollout?.gates).toEqual([
    {
      name: 'sre',
      at: 'start',
      kind: 'freeze',
      fromMs: Date.UTC(2026, 11, 24),
      toMs: Date.UTC(2026, 11, 25),
    },
  ]);
  const window = 'window: { days: [fri], from: "22:00", to: "04:30", timeZone: Europe/Madrid }';
  expect(examineRollout(documentWith(gate(`at: step, ${window}`))).rollout?.gates).toEqual([
    {
      name: 'sre',
      at: 'step',
      kind: 'window',
      days: ['fri'],
      from: 1_320,
      to: 270,
      timeZone: 'Europe/Madrid',
    },
  ]);
  expect(examineRollout(documentWith(gate('at: switch, approval: { by: [ana] }'))).rollout?.gates).toEqual([
    { name: 'sre', at: 'switch', kind: 'approval', by: ['ana'], count: 1, otherwise: 'abort' },
  ]);
  const other = 'rollout: { name: staging, phase: Healthy, same: artefact, for: 48h }';
  expect(examineRollout(documentWith(gate(`at: start, ${other}`))).rollout?.gates).toEqual([
    {
      name: 'sre',
      at: 'start',
      kind: 'rollout',
      rollout: 'staging',
      phase: 'Healthy',
      same: 'artefact',
      forMs: 172_800_000,
    },
  ]);
});

function problemsOf(spec: string): readonly Finding[] {
  return examineRollout(documentWith(spec)).findings;
}

function documentWith(spec: string, strategy = '{ canary: { weights: [5%] } }'): unknown {
  const text = `metadata: { name: shop }
spec:
  workload: { process: { from: ./dist, command: [node] } }
  traffic: { gateway: {} }
  strategy: ${strategy}
  ${spec}`;
  return parse(text);
}
