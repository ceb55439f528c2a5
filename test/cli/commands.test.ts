import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { LARGEST_PAGE } from '../../src/api/paging.ts';
import { Failure, FAILURES, type FailureCode } from '../../src/base/failure.ts';
import { SECRET } from './fake.ts';
import { Bench } from './harness.ts';
import { aHistoryView, aView, STABLE } from './views.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.destroy();
});

describe('the command line', () => {
  it.each([
    [[], 2],
    [['--help'], 0],
    [['release', '--help'], 0],
    [['--version'], 0],
    [['get', '--outptu', 'json'], 2],
    [['get', '--output', 'xml'], 2],
    [['describe'], 2],
    [['scale', 'shop'], 2],
    [['scale', 'shop', '--replicas', 'many'], 2],
    [['wait', 'shop', '--timeout', 'soon'], 2],
    [['up', '--gateway-port', '70000'], 2],
    [['up', '--gateway-port', '8443'], 2],
    [['up', '--gateway-workers', '0'], 2],
    [['get', 'a', 'b'], 2],
  ])('%j exits %d', async (argv, code) => {
    expect((await bench.run(argv)).code).toBe(code);
  });

  it('asks whether a near command or option was meant', async () => {
    expect((await bench.run(['aply'])).err).toContain('Did you mean apply?');
    expect((await bench.run(['get', '--outptu', 'json'])).err).toContain('Did you mean --output?');
  });

  it.each(Object.keys(FAILURES) as FailureCode[])('exits as the catalogue says on %s', async (code) => {
    await bench.serve({
      list: () => Promise.reject(new Failure(code, 'what happened', { hint: 'what to do' })),
    });
    const ran = await bench.run(['get']);
    expect(ran.code).toBe(FAILURES[code].exit);
    expect(ran.err).toBe('error: what happened\nhint: what to do\n');
    expect(ran.out).toBe('');
  });

  it('prints a failure as the API does, for programs', async () => {
    const ran = await bench.run(['get', '--output', 'json']);
    expect(ran.out).toBe('');
    expect(JSON.parse(ran.err)).toMatchObject({
      type: 'unreachable',
      status: 503,
      hint: expect.anything() as unknown,
    });
  });

  it('says how to start coalmine when it is not running', async () => {
    const ran = await bench.run(['get']);
    expect(ran.code).toBe(5);
    expect(ran.err).toContain('coalmine up');
  });

  it('finds the data directory above, from the environment, and from the flag', async () => {
    await bench.serve();
    await mkdir(join(bench.dir, 'a'));
    expect((await bench.run(['get'])).code).toBe(0);
    expect((await bench.run(['get'], { env: { COALMINE_DATA_DIR: join(bench.dir, 'a') } })).code).toBe(5);
    expect((await bench.run(['get', '--data-dir', 'a'])).code).toBe(5);
    const env = { COALMINE_DATA_DIR: 'nowhere' };
    expect((await bench.run(['get', '--data-dir', '.coalmine'], { env })).code).toBe(0);
  });

  it('prints the stack of a bug only when it is asked to', async () => {
    // eslint-disable-next-line @typescript-eslint/require-await
    await bench.serve({ get: async () => ({ ...aView(), groups: null as never }) });
    const quiet = await bench.run(['get', 'shop']);
    expect(quiet.code).toBe(1);
    expect(quiet.err).toContain('bug of coalmine');
    expect(quiet.err).not.toContain('.ts:');
    expect((await bench.run(['get', 'shop'], { env: { COALMINE_DEBUG: '1' } })).err).toContain('.ts:');
  });
});

describe('get', () => {
  it('prints a table, JSON or YAML of the same', async () => {
    await bench.serve();
    expect((await bench.run(['get'])).out).toContain('shop  canary    Healthy');
    expect(JSON.parse((await bench.run(['get', '--output', 'json'])).out)).toEqual([aView()]);
    expect(JSON.parse((await bench.run(['get', 'shop', '-o', 'json'])).out)).toEqual(aView());
    expect(parse((await bench.run(['-o', 'yaml', 'get', 'shop'])).out)).toEqual(aView());
  });

  it('is plain when piped, coloured on a terminal unless told otherwise', async () => {
    await bench.serve();
    expect((await bench.run(['get'])).out).not.toContain('\u001B');
    expect((await bench.run(['get'], { isTerminal: true })).out).toContain('\u001B[32mHealthy');
    expect((await bench.run(['get', '--no-color'], { isTerminal: true })).out).not.toContain('\u001B');
    expect((await bench.run(['get'], { isTerminal: true, env: { NO_COLOR: '1' } })).out).not.toContain(
      '\u001B',
    );
    expect((await bench.run(['get'], { env: { FORCE_COLOR: '1' } })).out).toContain('\u001B[32mHealthy');
  });

  it('exits 7 when there is no such Rollout', async () => {
    await bench.serve();
    expect((await bench.run(['get', 'nothing'])).code).toBe(7);
  });
});

describe('what steers a release', () => {
  it.each([
    [
      ['promote', 'shop'],
      ['steer', 'shop', { verb: 'promote' }],
    ],
    [
      ['promote', 'shop', '--full'],
      ['steer', 'shop', { verb: 'promote', full: true }],
    ],
    [
      ['pause', 'shop'],
      ['steer', 'shop', { verb: 'pause' }],
    ],
    [
      ['resume', 'shop'],
      ['steer', 'shop', { verb: 'resume' }],
    ],
    [
      ['abort', 'shop', '--reason', 'a hunch'],
      ['steer', 'shop', { verb: 'abort', reason: 'a hunch' }],
    ],
    [
      ['retry', 'shop'],
      ['steer', 'shop', { verb: 'retry' }],
    ],
    [
      ['undo', 'shop'],
      ['steer', 'shop', { verb: 'undo' }],
    ],
    [
      ['release', '--group', 'shop', '--set', 'strategy.canary.weights=[5%]'],
      ['releaseGroup', 'shop', { set: ['strategy.canary.weights=[5%]'] }],
    ],
    [
      ['undo', 'shop', '--to', '3', '--insist'],
      ['steer', 'shop', { verb: 'undo', to: '3', insist: true }],
    ],
    [
      ['approve', 'shop', '--as', 'ana'],
      ['approve', 'shop', {}],
    ],
    [
      ['approve', 'shop', 'sre', '--as', 'ana', '--reject', '--comment', 'not today'],
      ['approve', 'shop', { gate: 'sre', reject: true, comment: 'not today' }],
    ],
    [
      ['restart', 'shop'],
      ['restart', 'shop'],
    ],
    [
      ['scale', 'shop', '--replicas', '5'],
      ['scale', 'shop', 5],
    ],
    [
      ['history', 'shop'],
      // One more than are shown at once: whether there are more.
      ['history', 'shop', { limit: LARGEST_PAGE + 1 }],
    ],
    [
      ['events', 'shop', '--limit', '3', '--after', '9'],
      ['events', { limit: 3, rollout: 'shop', after: 9 }],
    ],
    [
      ['logs', 'shop', '--track', 'stable', '--tail', '7'],
      ['logs', 'shop', { of: 'stable', tail: 7 }],
    ],
    [
      ['logs', 'shop', '--hook', 'migrate', '--follow'],
      ['logs', 'shop', { hook: 'migrate', follow: true }],
    ],
  ])('%j asks for %j', async (argv, call) => {
    const fake = await bench.serve();
    expect(await bench.run(argv)).toMatchObject({ code: 0, err: '' });
    expect(fake.calls).toContainEqual(call);
  });
});

describe('describe, history and logs', () => {
  it('print what is known', async () => {
    await bench.serve();
    const { out } = await bench.run(['describe', 'shop', '--output', 'json']);
    expect(JSON.parse(out)).toEqual({ ...aView(), history: [aHistoryView()] });
    expect((await bench.run(['describe', 'shop'])).out).toContain(
      'release 1 of r1-aaaaaaaaaaaa promoted after 42s',
    );
    expect((await bench.run(['history', 'shop'])).out).toContain('first version');
    expect((await bench.run(['logs', 'shop'])).out).toBe(`${STABLE}/stable-0  hello\n`);
    expect(JSON.parse((await bench.run(['logs', 'shop', '--output', 'json'])).out)).toMatchObject({
      text: 'hello',
    });
  });
});

describe('delete', () => {
  it('asks a person first, and leaves everything when the answer is no', async () => {
    const fake = await bench.serve();
    expect((await bench.run(['delete', 'shop'], { types: 'n' })).code).toBe(0);
    expect(fake.calls.map(([name]) => name)).not.toContain('remove');
    expect(bench.asked).toEqual(['Stop shop and forget its history? [y/N] ']);
    expect((await bench.run(['delete', 'shop'], { types: 'y' })).out).toBe('shop: deleted\n');
    expect(fake.calls).toContainEqual(['remove', 'shop']);
  });

  it('does not ask with --yes, or when nobody is there', async () => {
    await bench.serve();
    expect((await bench.run(['delete', 'shop', '--yes'], { types: 'n' })).out).toBe('shop: deleted\n');
    expect((await bench.run(['delete', 'shop'])).out).toBe('shop: deleted\n');
    expect(bench.asked).toEqual([]);
  });
});

describe('notify test', () => {
  it('says what each listener answers, of all or of one', async () => {
    const fake = await bench.serve();
    expect(await bench.run(['notify', 'test', 'shop'])).toMatchObject({
      code: 0,
      out: 'team (slack) was told: answered ok\n',
    });
    await bench.run(['notify', 'test', 'shop', '--channel', 'pager']);
    expect(fake.calls.filter(([name]) => name === 'tryListeners')).toEqual([
      ['tryListeners', 'shop', {}],
      ['tryListeners', 'shop', { listener: 'pager' }],
    ]);
  });

  it('exits 5 when one was not told', async () => {
    await bench.serve({
      tryListeners: () =>
        Promise.resolve([
          { listener: 'team', channel: 'slack', came: 'taken', answer: 'answered ok' },
          { listener: 'ops', channel: 'email', came: 'delayed', answer: 'connect ECONNREFUSED' },
        ]),
    });
    const { code, out } = await bench.run(['notify', 'test', 'shop']);
    expect([code, out]).toEqual([
      5,
      'team (slack) was told: answered ok\nops (email) was not told: connect ECONNREFUSED\n',
    ]);
  });
});

describe('maintenance', () => {
  it('asks for what was written, with the page that a file holds', async () => {
    const fake = await bench.serve();
    await writeFile(join(bench.dir, 'page.html'), '<h1>soon</h1>');
    const options = ['--message', 'moving', '--page', 'page.html', '--hold', '30s', '--allow', 'X-In=a=b'];
    expect((await bench.run(['maintenance', 'on', 'shop', ...options])).code).toBe(0);
    expect((await bench.run(['maintenance', 'off', 'shop'])).out).toBe('shop: open\n');
    expect(fake.calls.filter(([name]) => name === 'maintain')).toEqual([
      [
        'maintain',
        'shop',
        {
          on: true,
          message: 'moving',
          page: '<h1>soon</h1>',
          retryAfterMs: 300_000,
          holdMs: 30_000,
          allow: { header: 'X-In', value: 'a=b' },
        },
      ],
      ['maintain', 'shop', { on: false }],
    ]);
  });

  it.each([
    [['on', 'shop', '--hold', '11m'], 2, 'is not between 1ms and 10m'],
    [['on', 'shop', '--allow', 'inspector'], 2, 'wants a header and a value'],
    [['on', 'shop', '--page', 'missing.html'], 2, 'the page cannot be read'],
    [['on', 'nothing'], 7, 'nothing'],
    [['off'], 2, 'missing required argument'],
  ])('%j exits %d', async (args, code, reason) => {
    await bench.serve();
    const ran = await bench.run(['maintenance', ...args]);
    expect([ran.code, ran.err]).toEqual([code, expect.stringContaining(reason)]);
  });
});

describe('who a command works for', () => {
  const authorsOf = async (argv: readonly string[], env: Record<string, string>) => {
    await bench.serve();
    const { code } = await bench.run(argv, { env });
    await bench.stop();
    return [code, ...bench.access.callers.map(({ author: { kind, name } }) => `${kind} ${name}`)];
  };

  it('is the holder of a token, and else whoever he says he is', async () => {
    const file = join(bench.dir, 'secret');
    await writeFile(file, `${SECRET}\n`);
    expect(await authorsOf(['get'], { USER: 'ana' })).toEqual([0, 'user ana']);
    expect(await authorsOf(['get'], {})).toEqual([0, 'user somebody']);
    expect(await authorsOf(['get'], { USER: 'Ánna%' })).toEqual([0, 'user Ánna%']);
    expect(await authorsOf(['approve', 'shop'], { USER: 'ana' })).toEqual([0, 'user ana']);
    expect(await authorsOf(['approve', 'shop', '--as', 'ben'], { USER: 'ana' })).toEqual([0, 'user ben']);
    expect(await authorsOf(['get'], { USER: 'ana', COALMINE_TOKEN: SECRET })).toEqual([0, 'token ci']);
    expect(await authorsOf(['--token-file', 'secret', 'get'], { USER: 'ana' })).toEqual([0, 'token ci']);
  });

  it.each([
    [['get'], { COALMINE_TOKEN: '' }, 8, 'COALMINE_TOKEN holds nothing'],
    [['get'], { COALMINE_TOKEN: 'two words' }, 8, 'COALMINE_TOKEN holds no token'],
    [['get'], { COALMINE_TOKEN: `${SECRET}x` }, 8, 'is not known here'],
    [['--token-file', 'none', 'get'], {}, 2, 'the token cannot be read'],
    [['approve', 'shop', '--as', 'ben'], { COALMINE_TOKEN: SECRET }, 2, '--as does not go with a token'],
    [['approve', 'shop', '--as', 'group:ops'], {}, 2, '"group:ops" is no name'],
    [['approve', 'shop'], {}, 2, 'it is not known who says it'],
    [['token', 'create', 'x'], {}, 2, '--role'],
    [['token', 'create', 'x', '--role', 'boss'], {}, 2, 'viewer, operator, admin'],
    [['token', 'create', 'x', '--role', 'admin', '--expires', 'soon'], {}, 2, 'Write a duration'],
    [['token', 'create', 'a:b', '--role', 'admin'], {}, 2, 'name'],
  ] as const)('%j with %j exits %d', async (...[argv, env, code, words]) => {
    await bench.serve();
    const ran = await bench.run(argv, { env });
    expect([ran.code, ran.out]).toEqual([code, '']);
    expect(ran.err).toContain(words);
    expect(ran.err).not.toContain(SECRET);
    expect(ran.err).not.toContain('two words');
  });

  it('is asked for a token, whose secret is all that is printed', async () => {
    const fake = await bench.serve();
    const ran = await bench.run(
      [
        'token',
        'create',
        'ci',
        '--role',
        'operator',
        '--rollout',
        'a',
        '--rollout',
        'b',
        '--expires',
        '90d',
      ].concat(['--group', 'ops']),
    );
    expect(ran.out).toBe(`${SECRET}\n`);
    expect(ran.err).toContain('not shown again');
    const request = { name: 'ci', role: 'operator', rollouts: ['a', 'b'], groups: ['ops'] };
    expect(fake.calls).toEqual([['createToken', { ...request, expiresInMs: 90 * 86_400_000 }]]);
    const json = await bench.run(['token', 'create', 'ci', '--role', 'viewer', '--output', 'json']);
    expect([JSON.parse(json.out), json.err]).toEqual([expect.objectContaining({ secret: SECRET }), '']);
  });
});
