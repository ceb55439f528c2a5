import { describe, expect, test } from 'vitest';
import { Failure } from '../../../base/failure.ts';
import { parseRollouts } from '../../../config/read.ts';
import type { ProcessWorkload } from '../../../rollout/model.ts';
import { gatewayOf } from '../../../rollout/traffic.ts';
import type { Noted } from '../noted.ts';
import { typescriptOf } from '../typescript.ts';
import { yamlOf } from '../yaml.ts';
import { pm2Rollouts } from './pm2.ts';
import { procfileRollouts } from './procfile.ts';

const ORIGIN = { file: 'Procfile', app: 'shop', place: '.', envFiles: [] };
const PM2 = { file: 'ecosystem.json', app: 'shop', place: '.', cpus: 4 };

/** What of an import its golden text shows: the notes, and each Rollout as `validate` understands it. */
function understood(declared: readonly Noted[]): readonly (readonly [string, string, ProcessWorkload])[] {
  const read = parseRollouts(yamlOf(declared, []), { file: 'coalmine.yaml', format: 'yaml' });
  return read.map(({ rollout }) => [
    rollout.name,
    rollout.traffic === undefined ? 'worker' : (gatewayOf(rollout.traffic)?.host ?? 'any host'),
    rollout.workload as ProcessWorkload,
  ]);
}

function problemsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    expect(thrown.code).toBe('invalidSpec');
    return thrown.problems.map(({ line, path, reason }) => `${line ?? path}: ${reason}`);
  }
  throw new Error('nothing was wrong');
}

describe('a Procfile', () => {
  test('becomes a file that is read back, with what differs said above it', () => {
    const text = [
      '# comment',
      'web: PORT=3000 NODE_ENV=production node server.js -p $PORT',
      'worker: npm run build && exec node worker.js',
      'release: npm run migrate',
      '',
    ].join('\r\n');
    expect(yamlOf(procfileRollouts(text, { ...ORIGIN, envFiles: ['.env'] }), ['From a Procfile.']))
      .toBe(`# From a Procfile.
# From the Procfile: web: PORT=3000 NODE_ENV=production node server.js -p $PORT
# PORT=3000 is left out: each process has its own $PORT.
# From the Procfile: release: npm run migrate
# The others of the Procfile do not wait for it: release them after this one.
apiVersion: coalmine.dev/v1
kind: Rollout
metadata:
  name: shop-web
spec:
  workload:
    process:
      from: .
      command: [node, server.js, -p, $(PORT)]
      replicas: 2
      env:
        NODE_ENV: production
      envFiles: [.env]
      ready:
        tcp: {}
        within: 30s
      stop:
        drain: 20s
  traffic:
    gateway: {}
  strategy:
    canary:
      weights: [5%, 25%, 50%]
  analysis:
    checks:
      - name: errors
        errors: {}
        worseBy: 50%
        safe: 2x
        floor: 0.2%
      - name: latency
        latency: {}
        worseBy: 10%
  hooks:
    - name: release
      at: beforeCandidate
      command: [npm, run, migrate]
---
# From the Procfile: worker: npm run build && exec node worker.js
# A shell stays: it runs several commands (&). It gets the signals instead of the program,
# unless the last command begins with exec.
# Nobody sends it requests: its share is one of replicas.
apiVersion: coalmine.dev/v1
kind: Rollout
metadata:
  name: shop-worker
spec:
  workload:
    process:
      from: .
      command: [sh, -c, npm run build && exec node worker.js]
      replicas: 2
      envFiles: [.env]
      stop:
        drain: 20s
  strategy:
    canary:
      replicas: [50%]
`);
  });

  test.each<[string, readonly (readonly [string, string])[]]>([
    ['web: node a.js', [['shop', 'any host']]],
    ['worker: node a.js', [['shop', 'worker']]],
    [
      'web: a\nclock: b\nurgent_worker: c',
      [
        ['shop-web', 'any host'],
        ['shop-clock', 'worker'],
        ['shop-urgent-worker', 'worker'],
      ],
    ],
    ['web: A=yes B=007 C= node x', [['shop', 'any host']]],
  ])('%j is valid', (text, expected) => {
    expect(understood(procfileRollouts(text, ORIGIN)).map(([name, host]) => [name, host])).toEqual(expected);
  });

  test.each(['clock', 'cron', 'celery_beat', 'job-scheduler'])('%s is never there twice', (type) => {
    const declared = procfileRollouts(`${type}: node tick.js`, ORIGIN);
    expect(understood(declared).map(([, , { replicas }]) => replicas)).toEqual([1]);
    expect(declared).toMatchObject([{ document: { spec: { strategy: { recreate: {} } } } }]);
    expect(declared[0]?.notes).toContainEqual(expect.stringMatching(/^One process/));
  });

  test('has its release line run once, by one Rollout, with the variables of that line', () => {
    const text = 'clock: node clock.js\nrelease: DRY=1 npm run migrate\nworker: node worker.js';
    const hooks = procfileRollouts(text, ORIGIN).map(({ document }) => {
      const { spec } = document as { readonly spec: { readonly hooks?: readonly object[] } };
      return spec.hooks;
    });
    const hook = {
      name: 'release',
      at: 'beforeCandidate',
      command: ['env', 'DRY=1', 'npm', 'run', 'migrate'],
    };
    expect(hooks).toEqual([[hook], undefined]);
  });

  test('keeps texts that look like something else', () => {
    const [[, , workload] = []] = understood(
      procfileRollouts('web: A=yes B=007 C= D=null node 1 true no', ORIGIN),
    );
    expect(workload?.env).toEqual({ A: 'yes', B: '007', C: '', D: 'null' });
    expect(workload?.command).toEqual(['node', '1', 'true', 'no']);
  });

  test.each<[string, readonly string[]]>([
    ['web node server.js', ['1: not a name, a colon and a command, as in web: node server.js']],
    [
      'web: a\nweb: b\n: c',
      ['2: web is declared twice', '3: not a name, a colon and a command, as in web: node server.js'],
    ],
    ['', []],
    ['release: npm run migrate', []],
  ])('%j is refused', (text, problems) => {
    expect(problemsOf(() => procfileRollouts(text, ORIGIN))).toEqual(problems);
  });
});

describe('a PM2 ecosystem file', () => {
  const ofApp = (app: object, origin = PM2): readonly Noted[] => pm2Rollouts({ apps: [app] }, origin);

  test.each<[object, Partial<ProcessWorkload>]>([
    [
      { script: 'app.js' },
      { command: ['node', 'app.js'], replicas: 1, stop: { signal: 'SIGINT', drainMs: 1_600 } },
    ],
    [
      { script: 'npm', args: 'run start -- --port $PORT' },
      { command: ['npm', 'run', 'start', '--', '--port', '$(PORT)'] },
    ],
    [{ script: 'npm', args: ['run', 'start it'] }, { command: ['npm', 'run', 'start it'] }],
    [{ script: 'a.py' }, { command: ['python3', 'a.py'] }],
    [
      { script: './a.py', interpreter: '/opt/py', interpreter_args: '-u' },
      { command: ['/opt/py', '-u', './a.py'] },
    ],
    [{ script: './server', interpreter: 'none' }, { command: ['./server'] }],
    [{ script: 'a.js', node_args: ['--inspect'], args: 1 }, { command: ['node', '--inspect', 'a.js', '1'] }],
    [{ script: 'a.js', instances: 'max' }, { replicas: 4 }],
    [{ script: 'a.js', instances: 0 }, { replicas: 4 }],
    [{ script: 'a.js', instances: -1 }, { replicas: 3 }],
    [{ script: 'a.js', instances: '3' }, { replicas: 3 }],
    [{ script: 'a.js', kill_timeout: 5_000 }, { stop: { signal: 'SIGINT', drainMs: 5_000 } }],
    [{ script: 'a.js', kill_timeout: '10s' }, { stop: { signal: 'SIGINT', drainMs: 10_000 } }],
    [{ script: 'a.js', max_memory_restart: '300M' }, { limits: { memoryBytes: 300 * 1_048_576 } }],
    [{ script: 'a.js', cwd: './api' }, { from: { path: 'api' } }],
    [{ script: 'a.js', cwd: '/srv/api' }, { from: { path: '/srv/api' } }],
    [
      { script: 'a.js', env: { A: 1, B: true, C: null, D: { e: 1 }, PORT: 80 } },
      { env: { A: '1', B: 'true', D: '{"e":1}' } },
    ],
  ])('%j', (app, expected) => {
    expect(understood(ofApp(app))[0]?.[2]).toMatchObject(expected);
  });

  test('takes the environment that is asked for', () => {
    const app = { script: 'a.js', env: { A: 'a', B: 'b' }, env_production: { A: 'p' } };
    expect(understood(ofApp(app))[0]?.[2].env).toEqual({ A: 'a', B: 'b' });
    expect(understood(ofApp(app, { ...PM2, environment: 'production' } as typeof PM2))[0]?.[2].env).toEqual({
      A: 'p',
      B: 'b',
    });
  });

  test('gives each that serves a host, and each a name', () => {
    const apps = [
      { name: 'API v2', script: 'a.js', exec_mode: 'cluster' },
      { name: 'api-v2', script: 'b.js', env: { PORT: 1 } },
      { script: 'jobs/mail.js' },
    ];
    expect(understood(pm2Rollouts({ apps }, PM2)).map(([name, host]) => [name, host])).toEqual([
      ['api-v2', 'api-v2.localhost'],
      ['api-v2-2', 'api-v2-2.localhost'],
      ['mail', 'worker'],
    ]);
  });

  test('says what is not carried over, and only that', () => {
    const app = {
      name: 'a',
      script: 'a.js',
      watch: true,
      wait_ready: true,
      cron_restart: '0 0 * * *',
      autorestart: true,
      env: { PORT: 3000 },
    };
    const [noted] = ofApp(app);
    expect(noted?.notes).toEqual([
      'From the PM2 app a.',
      'It listened on 3000: now on the port in $PORT, and the gateway in front.',
      'Not carried over: watch: a change of files is a new version; release it with `coalmine release`.',
      'Not carried over: wait_ready: process.send("ready") is not heard; it is ready when its port opens, or by ready.http.',
      'Not carried over: cron_restart: nothing restarts by the clock; let cron run `coalmine restart NAME`.',
    ]);
  });

  test('cannot end a comment', () => {
    const text = typescriptOf(ofApp({ script: 'a.js', env: { PORT: '1\nthrow 1' } }));
    expect(text).toContain('// It listened on 1 throw 1:');
  });

  test.each<[unknown, readonly string[]]>([
    [undefined, []],
    [{ apps: [] }, []],
    [
      { apps: [1, {}, { script: 'a', name: {} }] },
      [
        'apps[0]: must be an object',
        'apps[1].script: is required: what is started',
        'apps[2].name: must be a text',
      ],
    ],
  ])('%j is refused', (exported, problems) => {
    expect(problemsOf(() => pm2Rollouts(exported, PM2))).toEqual(problems);
  });
});
