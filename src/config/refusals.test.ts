import { expect, test } from 'vitest';
import { Failure, type Problem } from '../base/failure.ts';
import { parseRollouts } from './read.ts';

/** A valid file; each case replaces one of its lines, so that the problem must be reported there. */
const VALID = [
  'metadata: { name: shop }',
  'spec:',
  '  workload: { process: { from: ./dist, command: [node, server.js] } }',
  '  traffic: { gateway: { host: shop.example.com } }',
  '  strategy: { canary: { weights: [1%, 5%] } }',
  '  analysis: { checks: [{ name: e, errors: {}, worseBy: 50% }] }',
  '  deadline: 1h',
];

/** Line of the file, what it says instead, then path, reason and hint (parts of them) of the one problem. */
type Case = readonly [line: number, text: string, path: string, reason: string, hint?: string];

const process = (more: string) => `  workload: { process: { from: ./dist, command: [node], ${more} } }`;
const gateway = (more: string) => `  traffic: { gateway: { ${more} } }`;
const canary = (more: string) => `  strategy: { canary: { ${more} } }`;
const check = (more: string) => `  analysis: { checks: [{ name: e, ${more} }] }`;
const WORKLOAD = 'spec.workload.process';
const GATEWAY = 'spec.traffic.gateway';
const CANARY = 'spec.strategy.canary';
const CHECK = 'spec.analysis.checks[0]';

const CASES: readonly Case[] = [
  [1, 'metadata: { name: Shop }', 'metadata.name', 'not a name of lower-case letters'],
  [1, `metadata: { name: ${'a'.repeat(64)} }`, 'metadata.name', '63 characters at most'],
  [1, 'metadata: {}', 'metadata.name', 'is required'],
  [1, 'metadata: { name: shop, label: {} }', 'metadata.label', 'unknown field', 'did you mean labels?'],
  [1, 'metadata: { name: 5 }', 'metadata.name', 'but is a number', 'quotes'],
  [1, 'metadata: { name: no }', 'metadata.name', 'without quotes', 'write "no"'],
  [7, 'kind: Deployment', 'kind', 'not one of its words: Rollout'],
  [7, 'apiVersion: coalmine.dev/v2', 'apiVersion', 'not one of', 'did you mean coalmine.dev/v1?'],
  [3, '  worklod: {}', 'spec.worklod', 'unknown field', 'did you mean workload?'],
  [3, '  workload: {}', 'spec.workload', 'needs one workload: process, container'],
  [3, '  workload: process', 'spec.workload', 'must be an object, but is a text', '{ process: {} }'],
  [3, '  workload:', 'spec.workload', 'must be an object, but is empty'],
  [
    3,
    '  workload: { process: { from: ., command: [a] }, flag: { key: a, variant: b } }',
    'spec.workload',
    'more than one workload: process and flag',
  ],
  [3, '  workload: { process: { command: [node] } }', `${WORKLOAD}.from`, 'is required'],
  [3, '  workload: { process: { from: ., command: [] } }', `${WORKLOAD}.command`, 'must not be empty'],
  [3, '  workload: { process: { from: ., command: node } }', `${WORKLOAD}.command`, 'must be a list'],
  [3, '  workload: { process: { from: 1, command: [a] } }', `${WORKLOAD}.from`, 'but is a number'],
  [3, '  workload: { process: { from: ., command: [a, ""] } }', `${WORKLOAD}.command[1]`, 'not be empty'],
  [
    3,
    '  workload: { process: { from: { live: . }, command: [a] } }',
    `${WORKLOAD}.from`,
    'two versions alive',
  ],
  [
    3,
    '  workload: { process: { from: { liv: . }, command: [a] } }',
    `${WORKLOAD}.from.liv`,
    'unknown field',
    'live',
  ],
  [3, process('replicas: 0'), `${WORKLOAD}.replicas`, 'at least 1'],
  [3, process('replicas: 1.5'), `${WORKLOAD}.replicas`, 'whole number, but is 1.5'],
  [3, process('replicas: "3"'), `${WORKLOAD}.replicas`, 'but is a text', '3, without quotes'],
  [3, process('replicas: .nan'), `${WORKLOAD}.replicas`, 'but is NaN'],
  [3, process('replicas: 100000'), `${WORKLOAD}.replicas`, 'at most 1000'],
  [3, process('env: { A: 1 }'), `${WORKLOAD}.env.A`, 'must be a text, but is a number', 'quotes'],
  [3, process('env: { A: true }'), `${WORKLOAD}.env.A`, 'but is a boolean', 'quotes'],
  [3, process('env: { A: yes }'), `${WORKLOAD}.env.A`, 'without quotes', 'write "yes"'],
  [3, process('env: { A: On }'), `${WORKLOAD}.env.A`, 'without quotes', 'write "On"'],
  [3, process('env: { a-b: x }'), `${WORKLOAD}.env.a-b`, 'cannot be a name', 'underscores'],
  [3, process('env: { PORT: "80" }'), `${WORKLOAD}.env.PORT`, 'a port of its own', '$PORT'],
  [3, process('env: { A: "a\\0b" }'), `${WORKLOAD}.env.A`, 'zero byte'],
  [3, process('envFiles: .env'), `${WORKLOAD}.envFiles`, 'must be a list'],
  [3, process('ready: {}'), `${WORKLOAD}.ready`, 'needs one probe: http, tcp or command'],
  [3, process('ready: { http: /a, tcp: {} }'), `${WORKLOAD}.ready`, 'more than one probe: http and tcp'],
  [3, process('ready: { http: healthz }'), `${WORKLOAD}.ready.http`, 'is not a path'],
  [3, process('ready: { tcp: {}, every: 5 }'), `${WORKLOAD}.ready.every`, 'a duration', 'did you mean 5s?'],
  [3, process('ready: { tcp: {}, every: 0s }'), `${WORKLOAD}.ready.every`, '0s is too short', '1ms'],
  [3, process('ready: { tcp: {}, within: 30d }'), `${WORKLOAD}.ready.within`, 'too long', '1d'],
  [
    3,
    process('ready: { tcp: {}, every: 5 sec }'),
    `${WORKLOAD}.ready.every`,
    'a duration',
    'did you mean 5s?',
  ],
  [3, process('stop: { signal: TERM }'), `${WORKLOAD}.stop.signal`, 'not one of its words', 'SIG'],
  [3, process('limits: { memory: 512MB }'), `${WORKLOAD}.limits.memory`, 'an amount of memory'],
  [3, process('limits: { memory: "1" }'), `${WORKLOAD}.limits.memory`, 'too little', '1Mi'],
  [
    3,
    process('restart: { firstDelay: 1m, maxDelay: 1s }'),
    `${WORKLOAD}.restart.firstDelay`,
    'longer than maxDelay (1s)',
  ],
  [3, '  workload: { process: { from: "git:main", command: [a] } }', `${WORKLOAD}.from`, 'is not built yet'],
  [4, gateway('host: http://shop'), `${GATEWAY}.host`, 'not a host name without scheme'],
  [4, gateway('host: "shop:80"'), `${GATEWAY}.host`, 'without scheme or port'],
  [4, gateway('host: a..b'), `${GATEWAY}.host`, 'is not a host name'],
  [4, gateway('path: shop'), `${GATEWAY}.path`, 'path of whole segments'],
  [4, gateway('path: /shop/'), `${GATEWAY}.path`, 'path of whole segments'],
  [4, gateway('sticky: { cookie: "a b" }'), `${GATEWAY}.sticky.cookie`, 'cookie name'],
  [4, gateway('timeout: 90'), `${GATEWAY}.timeout`, 'a duration', 'did you mean 90s?'],
  [4, gateway('tls: { acme: { email: a@b.c } }'), `${GATEWAY}.tls`, 'is not built yet'],
  [4, gateway('retries: { attempts: 2 }'), `${GATEWAY}.retries`, 'is not built yet'],
  [4, '  traffic: { gateway: { }, envoy: { } }', 'spec.traffic', 'more than one data plane'],
  [5, '  strategy: recreate', 'spec.strategy', 'must be an object', '{ recreate: {} }'],
  [5, '  strategy: { canari: {} }', 'spec.strategy.canari', 'unknown field', 'did you mean canary?'],
  [5, canary(''), CANARY, 'needs one way to write the steps: weights, replicas or steps'],
  [5, canary('weights: [5%], steps: [{ pause: {} }]'), CANARY, 'weights and steps', 'keep one'],
  [5, canary('weights: []'), `${CANARY}.weights`, 'must not be empty'],
  [5, canary('steps: []'), `${CANARY}.steps`, 'must not be empty'],
  [5, canary('weights: 5%'), `${CANARY}.weights`, 'must be a list, but is a text'],
  [5, canary('weights: [5]'), `${CANARY}.weights[0]`, 'but is a number', 'did you mean 5%?'],
  [5, canary('weights: ["5"]'), `${CANARY}.weights[0]`, '"5" is not a share', 'did you mean 5%?'],
  [5, canary('weights: [0.0005%]'), `${CANARY}.weights[0]`, 'is not a share', 'did you mean 0.001%?'],
  [5, canary('weights: [50%, 150%]'), `${CANARY}.weights[1]`, '150% is over 100%'],
  [5, canary('weights: [25%, 5%]'), `${CANARY}.weights[1]`, 'the step before has 25%', 'must grow'],
  [5, canary('weights: [5%, 5%]'), `${CANARY}.weights[1]`, '5% does not grow', 'must grow'],
  [5, canary('weights: [0%, 5%]'), `${CANARY}.weights[0]`, 'sends the canary nothing', 'above 0%'],
  [5, canary('weights: [5%], capacity: fxed'), `${CANARY}.capacity`, 'match or fixed', 'did you mean fixed?'],
  [
    5,
    canary('weights: [5%], earlyPromotion: yes'),
    `${CANARY}.earlyPromotion`,
    'true or false',
    'write true',
  ],
  [5, canary('weights: [5%], baseline: true'), `${CANARY}.baseline`, 'is not built yet'],
  [5, canary('replicas: [1]'), `${CANARY}.replicas`, 'is not built yet'],
  [5, canary('steps: [{}]'), `${CANARY}.steps[0]`, 'needs one kind of step'],
  [5, canary('steps: [{ weight: 5%, pause: 1m }]'), `${CANARY}.steps[0]`, 'more than one kind of step'],
  [5, canary('steps: [{ pause: 10 }]'), `${CANARY}.steps[0].pause`, 'but is a number', 'did you mean 10s?'],
  [5, canary('steps: [{ pause: { for: 1m } }]'), `${CANARY}.steps[0].pause.for`, 'unknown field', '{}'],
  [5, canary('steps: [{ weight: 5% }, { weight: 4% }]'), `${CANARY}.steps[1].weight`, 'does not grow'],
  [5, canary('steps: [{ replicas: 5%5 }]'), `${CANARY}.steps[0].replicas`, 'a whole number or a share'],
  [5, canary('steps: [{ replicas: 150% }]'), `${CANARY}.steps[0].replicas`, 'over 100%'],
  [5, canary('steps: [{ gate: sre }]'), `${CANARY}.steps[0].gate`, 'is not built yet'],
  [
    5,
    canary('steps: [{ analyze: { atLeast: 10m, atMost: 1m } }]'),
    `${CANARY}.steps[0].analyze.atLeast`,
    '10m is longer than atMost (1m)',
  ],
  [5, '  strategy: { recreate: {} }', `${CHECK}.worseBy`, 'nothing to compare with', 'use canary'],
  [5, '  strategy: { blueGreen: {} }', 'spec.strategy.blueGreen', 'this version runs recreate and canary'],
  [6, '  analysis: { checks: [{ errors: {}, worseBy: 5% }] }', `${CHECK}.name`, 'is required'],
  [6, check('worseBy: 5%'), CHECK, 'needs one metric: errors, latency'],
  [6, check('errors: {}, latency: {}, worseBy: 5%'), CHECK, 'more than one metric: errors and latency'],
  [6, check('errors: {}'), CHECK, 'needs one judge'],
  [6, check('errors: {}, worseBy: 5%, max: 1%'), CHECK, 'more than one judge: worseBy and max'],
  [6, check('errors: {}, max: 1%, safe: 2x'), `${CHECK}.safe`, 'only beside worseBy'],
  [6, check('errors: {}, worseBy: 5%, every: 5s'), `${CHECK}.every`, 'only beside max or min'],
  [6, check('errors: {}, worseBy: 5'), `${CHECK}.worseBy`, 'must be a margin'],
  [6, check('errors: {}, worseBy: 5%, safe: 2'), `${CHECK}.safe`, 'as in 2x'],
  [6, check('errors: {}, worseBy: 5%, safe: 1x'), `${CHECK}.safe`, 'more than 1x', 'did you mean 2x?'],
  [6, check('errors: {}, worseBy: 5%, safe: 250ms'), `${CHECK}.safe`, 'not a share', 'shares'],
  [6, check('latency: {}, worseBy: 5%, safe: 1%'), `${CHECK}.safe`, 'not a duration', 'durations'],
  [6, check('errors: {}, worseBy: 5%, floor: 10ms'), `${CHECK}.floor`, 'not a share'],
  [6, check('latency: {}, worseBy: 5%, floor: 1%'), `${CHECK}.floor`, 'not a duration'],
  [6, check('errors: {}, max: 1'), `${CHECK}.max`, 'not a share', 'did you mean 1%?'],
  [6, check('latency: {}, max: 300'), `${CHECK}.max`, 'not a duration', 'did you mean 300ms?'],
  [6, check('errors: {}, min: 2%, max: 1%'), `${CHECK}.min`, 'above max'],
  [6, check('latency: { quantile: 99 }, worseBy: 5%'), `${CHECK}.latency.quantile`, 'less than 1'],
  [6, check('errors: {}, worseBy: 5%, weight: 0'), `${CHECK}.weight`, 'more than 0'],
  [6, check('errors: {}, slo: 99.9%'), `${CHECK}.slo`, 'is not built yet'],
  [6, check('usage: cpu, max: 1'), `${CHECK}.usage`, 'is not built yet'],
  [6, check('errors: {}, worseBy: 5%, worse: lower'), `${CHECK}.worse`, 'is not built yet'],
  [6, '  analysis: { compareTo: baseline }', 'spec.analysis.compareTo', 'is not built yet'],
  [6, '  analysis: { falseAlarms: 0% }', 'spec.analysis.falseAlarms', 'cannot be promised', 'at most 50%'],
  [6, '  analysis: { undecided: advanse }', 'spec.analysis.undecided', 'not one of', 'did you mean advance?'],
  [
    6,
    '  analysis: { checks: [{ name: e, errors: {}, worseBy: 5% }, { name: e, latency: {}, worseBy: 5% }] }',
    'spec.analysis.checks[1].name',
    '"e" is already the name of spec.analysis.checks[0]',
  ],
  [7, '  deadline: 0s', 'spec.deadline', 'too short'],
  [7, '  deadline: 400d', 'spec.deadline', 'too long'],
  [7, '  history: { keep: 0 }', 'spec.history.keep', 'at least 1'],
  [7, '  suspend: "true"', 'spec.suspend', 'true or false', 'write true'],
  [7, '  onDeadline: rollback', 'spec.onDeadline', 'rollBack or hold', 'did you mean rollBack?'],
  [7, '  <<: { deadline: 1h }', 'spec.<<', 'unknown field', 'merge keys'],
  [7, '  gates: [{ name: a, at: start }]', 'spec.gates[0]', 'needs one kind of gate'],
  [7, '  notify: [{ name: a, on: [started], slack: {} }]', 'spec.notify', 'is not built yet'],
  [7, '  constructor: {}', 'spec.constructor', 'unknown field'],
  [7, '  __proto__: {}', 'spec.__proto__', 'unknown field'],
  [7, 'workload: {}', 'workload', 'unknown field', 'it belongs under spec'],
  [7, '  deadline: !minutes 5', '', 'Unresolved tag'],
  [7, '  traffic: {}', '', 'written twice'],
  [7, '\tdeadline: 1h', '', 'tabs cannot indent'],
  [7, '  deadline: *missing', '', 'Unresolved alias'],
];

const named = CASES.map(([line, text, path, reason, hint = '']) => ({ line, text, path, reason, hint }));

test.each(named)('line $line: $text is refused at $path', ({ line, text, path, reason, hint }) => {
  const [problem, ...others] = problemsOf(fileWith(line, text)).filter((one) => one.path === path);
  expect(others.filter((one) => one.reason === problem?.reason)).toEqual([]);
  expect(problem?.reason).toContain(reason);
  expect(problem?.hint ?? '').toContain(hint);
  expect(problem?.file).toBe('coalmine.yaml');
  expect(problem?.line).toBe(lineOf(problem, line));
  expect(problem?.column).toBeGreaterThan(0);
});

test('the file that the cases change is valid', () => {
  expect(problemsOf(VALID.join('\n'))).toEqual([]);
  expect(problemsOf(fileWith(3, process('restart: { firstDelay: 1m }')))).toEqual([]);
});

test('all problems are reported at once, in the order of their lines', () => {
  const text = VALID.with(2, process('replicas: 0'))
    .with(4, canary('weights: [5%, 1%]'))
    .with(6, '  deadlin: 1h')
    .join('\n');
  expect(problemsOf(text).map(({ line, column, path }) => [line, column, path])).toEqual([
    [3, 67, 'spec.workload.process.replicas'],
    [5, 39, 'spec.strategy.canary.weights[1]'],
    [7, 3, 'spec.deadlin'],
  ]);
});

test('a problem deep in block style is reported at its own line', () => {
  const text = `metadata:
  name: shop
spec:
  workload:
    process:
      from: ./dist
      command:
        - node
        - 8080
      ready:
        timeout: 1s
  strategy:
    canary:
      steps:
        - weight: 5%
        - analyze:
            atMost: soon
`;
  expect(problemsOf(text).map(({ line, column, path }) => [line, column, path])).toEqual([
    [9, 11, 'spec.workload.process.command[1]'],
    [10, 7, 'spec.workload.process.ready'],
    [17, 21, 'spec.strategy.canary.steps[1].analyze.atMost'],
  ]);
});

/** Where the check stands for the strategy that was changed. */
function lineOf(problem: Problem | undefined, changed: number): number {
  return problem?.path.startsWith('spec.analysis') === true ? 6 : changed;
}

function fileWith(line: number, text: string): string {
  return VALID.with(line - 1, text).join('\n');
}

function problemsOf(text: string): readonly Problem[] {
  try {
    parseRollouts(text, { file: 'coalmine.yaml', format: 'yaml' });
    return [];
  } catch (error) {
    if (error instanceof Failure) return error.problems;
    throw error;
  }
}
