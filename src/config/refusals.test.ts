import { expect, test } from 'vitest';
import { fileWith, problemsOf, testRefusals, VALID, type Case } from './testing/refused.ts';

const process = (more: string) => `  workload: { process: { from: ./dist, command: [node], ${more} } }`;
const gateway = (more: string) => `  traffic: { gateway: { ${more} } }`;
const canary = (more: string) => `  strategy: { canary: { ${more} } }`;
const ramped = (more: string) => `  strategy: { ramped: { ${more} } }`;
const blueGreen = (more: string) => `  strategy: { blueGreen: { ${more} } }`;
const WORKLOAD = 'spec.workload.process';
const GATEWAY = 'spec.traffic.gateway';
const CANARY = 'spec.strategy.canary';
const RAMPED = 'spec.strategy.ramped';
const BLUE_GREEN = 'spec.strategy.blueGreen';
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
  [
    4,
    gateway('tls: { acme: { email: a@b.c } }'),
    `${GATEWAY}.tls.acme`,
    'for a host',
    'traffic.gateway.host',
  ],
  [4, gateway('host: 192.0.2.7, tls: { acme: { email: a@b.c } }'), `${GATEWAY}.tls.acme`, 'an address'],
  [4, gateway('host: a.b, tls: { acme: {} }'), `${GATEWAY}.tls.acme.email`, 'is required'],
  [4, gateway('host: a.b, tls: { acme: { email: nobody } }'), `${GATEWAY}.tls.acme.email`, 'address of mail'],
  [
    4,
    gateway('host: a.b, tls: { acme: { email: a@b.c, directory: "http://ca.test/" } }'),
    `${GATEWAY}.tls.acme.directory`,
    'https URL',
  ],
  [4, gateway('tls: {}'), `${GATEWAY}.tls`, 'needs one source of certificates: files or acme'],
  [4, gateway('tls: { files: { certificate: a.pem } }'), `${GATEWAY}.tls.files.key`, 'is required'],
  [4, gateway('withoutTls: serve'), `${GATEWAY}.withoutTls`, 'there is none', 'add tls'],
  [4, gateway('withoutTls: redirct'), `${GATEWAY}.withoutTls`, 'not one of', 'did you mean redirect?'],
  [4, gateway('retries: {}'), `${GATEWAY}.retries.attempts`, 'is required'],
  [4, gateway('retries: { attempts: 11 }'), `${GATEWAY}.retries.attempts`, 'at most 10'],
  [4, gateway('retries: { attempts: 1, on: [4xx] }'), `${GATEWAY}.retries.on[0]`, 'not one of'],
  [4, gateway('retries: { attempts: 1, on: [] }'), `${GATEWAY}.retries.on`, 'must not be empty'],
  [4, gateway('tracing: { sample: 1 }'), `${GATEWAY}.tracing.sample`, 'but is a number', 'did you mean 1%?'],
  [4, gateway('accessLog: {}'), `${GATEWAY}.accessLog`, 'needs one place: file or stdout'],
  [4, gateway('accessLog: { file: {} }'), `${GATEWAY}.accessLog.file.path`, 'is required'],
  [4, gateway('eject: { after: 0 }'), `${GATEWAY}.eject.after`, 'at least 1'],
  [4, gateway('eject: { for: 10 }'), `${GATEWAY}.eject.for`, 'a duration', 'did you mean 10s?'],
  [4, '  traffic: { gateway: { }, envoy: { } }', 'spec.traffic', 'more than one data plane'],
  [5, '  strategy: recreate', 'spec.strategy', 'must be an object', '{ recreate: {} }'],
  [5, '  strategy: { canari: {} }', 'spec.strategy.canari', 'unknown field', 'did you mean canary?'],
  [5, canary(''), CANARY, 'needs one way to write the steps: weights, replicas or steps'],
  [5, canary('weights: [5%], steps: [{ pause: {} }]'), CANARY, 'weights and steps', 'keep one'],
  [5, canary('weights: []'), `${CANARY}.weights`, 'must not be empty'],
  [5, canary('steps: []'), `${CANARY}.steps`, 'must not be empty'],
  [
    5,
    canary(`steps: [${'{ pause: 1s }, '.repeat(101)}]`),
    `${CANARY}.steps`,
    'has 101 items; 100 are the most',
  ],
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
  [5, canary('weights: [5%, 60%], baseline: true'), `${CANARY}.weights[1]`, 'too little', 'at most 50%'],
  [5, canary('steps: [{ weight: 51% }], baseline: true'), `${CANARY}.steps[0].weight`, 'too little'],
  [5, canary('weights: [5%], baseline: true, capacity: fixed'), `${CANARY}.capacity`, 'as large as', 'match'],
  [
    5,
    canary('steps: [{ replicas: 1 }], baseline: true'),
    `${CANARY}.steps[0].replicas`,
    'follow the weights',
  ],
  [5, canary('weights: [5%], baseline: yes'), `${CANARY}.baseline`, 'true or false', 'write true'],
  [5, canary('replicas: [1]'), `${CANARY}.replicas`, 'send nobody to the canary', 'use weights'],
  [5, canary('replicas: []'), `${CANARY}.replicas`, 'must not be empty'],
  [5, canary('replicas: [2, 1]'), `${CANARY}.replicas[1]`, '1 does not grow', 'must grow'],
  [5, canary('replicas: [50%, 25%]'), `${CANARY}.replicas[1]`, 'the step before has 50%', 'must grow'],
  [5, canary('replicas: [0]'), `${CANARY}.replicas[0]`, 'is no canary', 'begin with 1'],
  [5, canary('steps: [{}]'), `${CANARY}.steps[0]`, 'needs one kind of step'],
  [5, canary('steps: [{ weight: 5%, pause: 1m }]'), `${CANARY}.steps[0]`, 'more than one kind of step'],
  [5, canary('steps: [{ pause: 10 }]'), `${CANARY}.steps[0].pause`, 'but is a number', 'did you mean 10s?'],
  [5, canary('steps: [{ pause: { for: 1m } }]'), `${CANARY}.steps[0].pause.for`, 'unknown field', '{}'],
  [5, canary('steps: [{ weight: 5% }, { weight: 4% }]'), `${CANARY}.steps[1].weight`, 'does not grow'],
  [5, canary('steps: [{ replicas: 5%5 }]'), `${CANARY}.steps[0].replicas`, 'a whole number or a share'],
  [5, canary('steps: [{ replicas: 150% }]'), `${CANARY}.steps[0].replicas`, 'over 100%'],
  [5, canary('steps: [{ gate: sre }]'), `${CANARY}.steps[0].gate`, 'no gate is named sre', 'there are none'],
  [
    5,
    canary('steps: [{ analyze: { atLeast: 10m, atMost: 1m } }]'),
    `${CANARY}.steps[0].analyze.atLeast`,
    '10m is longer than atMost (1m)',
  ],
  [5, blueGreen('preview: { mirror: 0% }'), `${BLUE_GREEN}.preview.mirror`, 'copies nothing', 'above 0%'],
  [5, blueGreen('preview: { mirror: 10 }'), `${BLUE_GREEN}.preview.mirror`, 'but is a number', '10%?'],
  [5, blueGreen('preview: { mirror: 10% }'), `${CHECK}.worseBy`, 'moves all traffic', 'write bake: 0s'],
  [5, canary('steps: [{ mirror: 0% }]'), `${CANARY}.steps[0].mirror`, 'copies nothing', 'above 0%'],
  [
    5,
    canary('steps: [{ weight: 5% }, { mirror: 20% }]'),
    `${CANARY}.steps[1].mirror`,
    'copies come too late',
    'before the first weight',
  ],
  [5, canary('steps: [{ match: [] }]'), `${CANARY}.steps[0].match`, 'must not be empty'],
  [
    5,
    canary('steps: [{ match: [{ method: POST }] }, { weight: 5% }], baseline: true'),
    `${CANARY}.steps[0].match`,
    'busier than its baseline',
  ],
  [5, blueGreen('preview: {}'), `${BLUE_GREEN}.preview`, 'needs one preview: match or mirror'],
  [5, blueGreen('bake: 20s'), `${BLUE_GREEN}.bake`, 'over before anything counts', 'a shorter warmUp'],
  [5, blueGreen('bake: 10'), `${BLUE_GREEN}.bake`, 'but is a number', 'did you mean 10s?'],
  [5, blueGreen('keepStable: 400d'), `${BLUE_GREEN}.keepStable`, 'too long'],
  [5, blueGreen('keep: 1h'), `${BLUE_GREEN}.keep`, 'unknown field', 'keepStable'],
  [5, ramped('maxSurge: 0'), `${RAMPED}.maxSurge`, 'nothing could be replaced', 'maxUnavailable'],
  [5, ramped('maxSurge: 0%, maxUnavailable: 0%'), `${RAMPED}.maxSurge`, 'nothing could be replaced'],
  [5, ramped('maxSurge: 150%'), `${RAMPED}.maxSurge`, 'over 100%'],
  [5, ramped('maxSurge: -1'), `${RAMPED}.maxSurge`, 'a whole number or a share'],
  [5, ramped('maxUnavailable: "1"'), `${RAMPED}.maxUnavailable`, 'a whole number or a share'],
  [5, ramped('pauseEvery: 0'), `${RAMPED}.pauseEvery`, 'after none', 'at least 1'],
  [5, ramped('partition: half'), `${RAMPED}.partition`, 'a whole number or a share'],
  [5, ramped('maxSruge: 1'), `${RAMPED}.maxSruge`, 'unknown field', 'did you mean maxSurge?'],
  [7, '  deadline: 0s', 'spec.deadline', 'too short'],
  [7, '  deadline: 400d', 'spec.deadline', 'too long'],
  [7, '  history: { keep: 0 }', 'spec.history.keep', 'at least 1'],
  [7, '  group: { order: 1 }', 'spec.group.name', 'required'],
  [7, '  group: { name: Shop }', 'spec.group.name', 'lower-case'],
  [7, '  group: { name: shop, order: first }', 'spec.group.order', 'whole number'],
  [7, '  group: { name: shop, concurrency: 0 }', 'spec.group.concurrency', 'at least 1'],
  [
    7,
    '  group: { name: shop, onFailure: undoo }',
    'spec.group.onFailure',
    'undo or keep',
    'did you mean undo?',
  ],
  [7, '  history: { rollbackWindow: 21 }', 'spec.history.rollbackWindow', 'at most 20'],
  [7, '  history: { rollbackWindow: 50% }', 'spec.history.rollbackWindow', 'whole number'],
  [7, '  suspend: "true"', 'spec.suspend', 'true or false', 'write true'],
  [7, '  onDeadline: rollback', 'spec.onDeadline', 'rollBack or hold', 'did you mean rollBack?'],
  [7, '  <<: { deadline: 1h }', 'spec.<<', 'unknown field', 'merge keys'],
  [7, '  gates: [{ name: a, at: start }]', 'spec.gates[0]', 'needs one kind of gate'],
  [7, '  notify: [{ name: a, on: [started], slack: {} }]', 'spec.notify[0].slack', 'needs one way in'],
  [7, '  constructor: {}', 'spec.constructor', 'unknown field'],
  [7, '  __proto__: {}', 'spec.__proto__', 'unknown field'],
  [7, 'workload: {}', 'workload', 'unknown field', 'it belongs under spec'],
  [7, '  deadline: !minutes 5', '', 'Unresolved tag'],
  [7, '  traffic: {}', '', 'written twice'],
  [7, '\tdeadline: 1h', '', 'tabs cannot indent'],
  [7, '  deadline: *missing', '', 'Unresolved alias'],
];

testRefusals(CASES);

test('quotes are advised only where they make it right', () => {
  const hintOf = (line: number, text: string) => problemsOf(fileWith(line, text))[0]?.hint;
  expect(hintOf(3, process('env: { LEVEL: 5 }'))).toBe('put it in quotes');
  expect(hintOf(6, '  analysis: { checks: [{ name: e, errors: {}, worseBy: 50 }] }')).toBeUndefined();
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
