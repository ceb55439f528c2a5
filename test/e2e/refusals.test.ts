import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startLoad, type Load } from '../../src/cli/demo/load.ts';
import { Site, until } from './site.ts';

interface View {
  readonly name: string;
  readonly phase: string;
  readonly generation: number;
  readonly stable?: string;
  readonly wanted?: string;
  readonly release?: { readonly number: number };
  readonly groups: readonly {
    readonly revision: string;
    readonly instances: readonly { readonly pid?: number }[];
  }[];
}

interface Ended {
  readonly number: number;
  readonly outcome: string;
  readonly reason: string;
}

const STRATEGY = '{ canary: { steps: [{ weight: 20% }, { pause: 2s }] } }';

let site: Site;
let load: Load;

beforeAll(async () => {
  site = await Site.create();
  await site.declare({ version: 'v1' }, { strategy: STRATEGY });
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '30s');
  load = startLoad(await site.address(), 50);
});

afterAll(async () => {
  await load.stop();
  await site.destroy();
});

// Whatever was refused or went wrong: no user may have noticed.
afterEach(async () => {
  const answered = (): number => [...load.seen.values()].reduce((sum, seen) => sum + seen.requests, 0);
  const before = answered();
  await until('users are served', () => Promise.resolve(answered() > before));
  expect([...load.seen.values()].filter((seen) => seen.errors > 0)).toEqual([]);
});

/** All that a refused command must leave as it is. */
async function everything(): Promise<unknown> {
  const views = await site.api<View[]>('rollouts');
  const known = views.map(({ name, generation, stable, wanted, release, groups }) => {
    const serving = groups.filter((group) => group.revision === stable);
    const pids = serving.flatMap((group) => group.instances.map((one) => one.pid));
    return { name, generation, stable, wanted, release: release?.number, pids };
  });
  return {
    known,
    history: await site.api('rollouts/shop/releases'),
    events: await site.api('events'),
    // The log of a failed build is kept: the message names it.
    revisions: (await readdir(path.join(site.dataDir, 'revisions')))
      .filter((name) => !name.endsWith('.build.log'))
      .sort(),
  };
}

/** Runs a command that must be refused, and leave everything as it was. */
async function refused(
  args: readonly string[],
  code: number,
  ...fragments: readonly string[]
): Promise<void> {
  const before = await everything();
  const ran = await site.run(...args);
  expect({ code: ran.code, err: ran.err }).toMatchObject({ code });
  for (const fragment of fragments) expect(ran.err).toContain(fragment);
  expect(ran.err).not.toContain('bug');
  expect(await everything()).toEqual(before);
}

async function file(name: string, text: string): Promise<string> {
  await writeFile(path.join(site.dir, name), text);
  return name;
}

/** A file that declares a Rollout. The lines of each section, from line 4 on, may be replaced. */
function declaring(name: string, differences: Readonly<Record<string, string>>): string {
  const sections = {
    workload: '{ process: { from: ./artefact-v1, command: [node, server.mjs] } }',
    traffic: `{ gateway: { host: ${name}.example.com } }`,
    strategy: STRATEGY,
    ...differences,
  };
  const lines = Object.entries(sections).map(([key, text]) => `  ${key}: ${text}`);
  return ['kind: Rollout', `metadata: { name: ${name} }`, 'spec:', ...lines, ''].join('\n');
}

describe('a document is refused with its line and what to write instead', () => {
  const process = (more: string): Readonly<Record<string, string>> => ({
    workload: `{ process: { from: ., command: [node], ${more} } }`,
  });
  const canary = (text: string): Readonly<Record<string, string>> => ({
    strategy: `{ canary: { ${text} } }`,
  });

  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['a text for a number', process('replicas: "two"'), [':4:', 'workload.process.replicas', 'whole number']],
    ['a number for a text', process('env: { A: 1 }'), [':4:', 'workload.process.env.A', 'quotes']],
    ['an unknown field', process('redy: { tcp: {} }'), [':4:', 'process.redy', 'did you mean ready?']],
    ['an unknown section', { analisis: '{}' }, [':7:', 'spec.analisis', 'did you mean analysis?']],
    ['a weight over 100 %', canary('weights: [5%, 150%]'), [':6:', 'weights[1]', '150% is over 100%']],
    ['a share without its sign', canary('weights: [5]'), [':6:', 'weights[0]', 'did you mean 5%?']],
    ['steps that go down', canary('weights: [25%, 5%]'), [':6:', 'weights[1]', 'must grow']],
    [
      'a workload of a later version',
      { workload: '{ daemonSet: { name: a } }' },
      ['daemonSet is not built yet'],
    ],
    ['no YAML at all', { strategy: '{ canary: ' }, ['coalmine-bad.yaml:']],
  ])('%s', async (_, differences, fragments) => {
    const bad = await file('coalmine-bad.yaml', declaring('bad', differences));
    for (const command of ['validate', 'apply']) {
      await refused([command, bad], 2, 'coalmine-bad.yaml', ...fragments);
    }
  });

  it('with every problem at once, and as JSON for programs', async () => {
    const differences = {
      ...process('replicas: 0, comand: [a]'),
      ...canary('weights: [25%, 5%]'),
      deadlin: '1h',
    };
    const bad = await file('coalmine-bad.yaml', declaring('bad', differences));
    const places = [
      'bad.yaml:4:',
      'process.replicas',
      'process.comand',
      'bad.yaml:6:',
      'must grow',
      'bad.yaml:7:',
    ];
    await refused(['validate', bad], 2, ...places, 'did you mean deadline?');
  });

  it('two Rollouts on one host and path, in one file', async () => {
    const traffic = { traffic: '{ gateway: { host: a.example.com, path: /x } }' };
    const both = await file(
      'both.yaml',
      [declaring('one', traffic), declaring('two', traffic)].join('---\n'),
    );
    await refused(
      ['apply', both],
      2,
      'one of this file already serves a.example.com, path /x',
      'another host',
    );
  });

  it('two Rollouts on one host and path, in two files and in two commands', async () => {
    const second = await file('second.yaml', declaring('second', { traffic: '{ gateway: {} }' }));
    for (const command of ['apply', 'plan']) {
      await refused(
        [command, second],
        6,
        'second wants any host, path /, which shop has',
        'traffic.gateway.host',
      );
    }
  });

  it('one Rollout twice', async () => {
    const [one, again] = [declaring('twice', {}), declaring('twice', { deadline: '1h' })];
    const files = [await file('one.yaml', one), await file('again.yaml', again)];
    await refused(['apply', ...files], 2, 'twice is declared twice');
  });

  it('a file that is not there', async () => {
    await refused(['apply', 'missing.yaml'], 2, 'missing.yaml');
  });
});

describe('a version that cannot be taken is refused before anything moves', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['nothing there', ['--from', './nowhere'], ['there is nothing to release at', 'nowhere']],
    ['no directory and no tar', ['--from', './coalmine.yaml'], ['neither a directory nor a tar']],
    ['an unknown field', ['--set', 'workload.process.comand=a'], ['comand', 'did you mean command?']],
    ['a wrong type', ['--set', 'workload.process.replicas=many'], ['replicas', 'whole number']],
    ['an unknown option', ['--form', './x'], ["unknown option '--form'", '--from']],
    ['a duration that is none', ['--wait', '--timeout', '5'], ['--timeout', '90s']],
  ])('%s', async (_, options, fragments) => {
    await refused(['release', 'shop', ...options], 2, ...fragments);
  });

  it('a damaged tar', async () => {
    await file('broken.tar.gz', 'this is no archive');
    await refused(['release', 'shop', '--from', './broken.tar.gz'], 2, 'broken.tar.gz');
  });

  it('environment files, each problem with its line and no value', async () => {
    await file('bad.env', 'GOOD=1\n# comment\nTOKEN hunter2\nA-B=hunter2\nOPEN="hunter2\n');
    const missing = `workload.process.envFiles=["${path.join(site.dir, 'no.env')}"]`;
    const args = ['release', 'shop', '--env-file', './bad.env'];
    await refused(args, 2, 'bad.env:3', 'KEY=VALUE', 'bad.env:4', 'bad.env:5', 'closing "');
    expect((await site.run(...args)).err).not.toContain('hunter2');
    await refused(['release', 'shop', '--set', missing], 2, 'no.env', 'cannot be read');
  });

  it.each<[string, string, readonly string[]]>([
    [
      'that ends with an error',
      '[node, -e, "console.log(`compiling`); console.error(`no such module: cart`); process.exit(3)"]',
      ['compiling', 'no such module: cart', 'code 3'],
    ],
    ['that does not exist', '[nixda-build, all]', ['nixda-build', 'not found']],
  ])('a build %s', async (_, build, fragments) => {
    const from = await site.artefact({ version: 'v3' });
    const workload = `{ process: { from: ${from}, build: ${build}, command: [node, server.mjs], replicas: 2, ready: { http: /healthz } } }`;
    const built = await file('built.yaml', declaring('shop', { workload, traffic: '{ gateway: {} }' }));
    await refused(['apply', built], 2, 'the build', ...fragments);
  });
});

describe('what is not there', () => {
  it.each([
    ['get'],
    ['describe'],
    ['release'],
    ['watch'],
    ['wait'],
    ['promote'],
    ['pause'],
    ['resume'],
    ['abort'],
    ['retry'],
    ['undo'],
    ['restart'],
    ['scale', '--replicas', '2'],
    ['history'],
    ['logs'],
    ['delete', '--yes'],
  ])('%s of an unknown Rollout', async (command, ...options) => {
    await refused([command, 'shap', ...options], 7, 'shap');
  });

  it.each([['promote'], ['pause'], ['resume'], ['abort'], ['retry'], ['undo']])(
    '%s without a release',
    async (verb) => {
      await refused([verb, 'shop'], 6, `cannot ${verb}`);
    },
  );

  it('a command that does not exist', async () => {
    await refused(['relaese', 'shop'], 2, 'relaese', 'release');
  });
});

describe('a plan', () => {
  it('shows what would happen, to people and to programs, and nothing moves', async () => {
    const from = await site.artefact({ version: 'v9' });
    const workload = `{ process: { from: ${from}, command: [node, server.mjs], replicas: 2, ready: { http: /healthz } } }`;
    const next = await file('next.yaml', declaring('shop', { workload, traffic: '{ gateway: {} }' }));
    const before = await everything();
    const [view] = await site.api<View[]>('rollouts');
    const [plan] = await site.json<
      {
        name: string;
        from: string;
        to: string;
        unchanged: boolean;
        plan: { steps: { title: string; weights: object }[] };
      }[]
    >('plan', next);
    expect(plan).toMatchObject({ name: 'shop', from: view?.stable, unchanged: false, replicas: 2 });
    expect(plan?.to).toMatch(/^r1-[0-9a-f]+$/);
    expect(plan?.to).not.toBe(view?.stable);
    expect(plan?.plan.steps[0]).toMatchObject({
      title: 'canary 20%, pause 2s',
      weights: { stable: 80_000, canary: 20_000 },
    });
    expect(plan?.plan.steps.at(-1)?.weights).toEqual({ canary: 100_000 });
    const { out } = await site.ok('plan', next);
    for (const text of ['canary 20%', 'peak: 4 replicas', view?.stable ?? '?', plan?.to ?? '?'])
      expect(out).toContain(text);
    expect((await site.ok('apply', next, '--dry-run')).out).toContain('dry run');
    expect(await everything()).toEqual(before);
  });
});

describe('a release that goes wrong', () => {
  it('since its command does not exist is rolled back with that reason', async () => {
    const ran = await site.run(
      'release',
      'shop',
      '--set',
      'workload.process.command=["nixda-server"]',
      '--wait',
      '--timeout',
      '30s',
    );
    expect(ran.code).toBe(3);
    expect(ran.out).toContain('nixda-server');
    const [last] = await site.api<Ended[]>('rollouts/shop/releases');
    expect(last).toMatchObject({ outcome: 'rolledBack' });
    expect(last?.reason).toContain('"nixda-server": command not found');
  });

  it('as the very first one has failed, and can be corrected', async () => {
    const from = await site.artefact({ version: 'v1' });
    const bad = await file(
      'first.yaml',
      declaring('first', { workload: `{ process: { from: ${from}, command: [nixda-server] } }` }),
    );
    const ran = await site.run('apply', bad, '--wait', '--timeout', '30s');
    expect(ran.code).toBe(3);
    expect(await site.api<Ended[]>('rollouts/first/releases')).toMatchObject([{ outcome: 'failed' }]);
    const good = await file('first.yaml', declaring('first', {}));
    await site.ok('apply', good, '--wait', '--timeout', '30s');
    await site.ok('delete', 'first', '--yes');
  });
});

describe('a release goes on', () => {
  const HELD = 'strategy={canary: {steps: [{weight: 20%}, {pause: {}}]}}';
  let from: string;

  // What went wrong above was declared all the same; begin from what serves.
  beforeAll(async () => {
    await site.ok('apply');
    from = await site.artefact({ version: 'v2' });
  });

  async function running(): Promise<number | undefined> {
    return (await site.api<View>('rollouts/shop')).release?.number;
  }

  async function outcomeOf(number: number | undefined): Promise<string | undefined> {
    const ended = await site.api<Ended[]>('rollouts/shop/releases');
    return ended.find((one) => one.number === number)?.outcome;
  }

  it('when a command that waits for it loses patience, or is interrupted', async () => {
    const late = await site.run(
      'release',
      'shop',
      '--set',
      HELD,
      '--from',
      from,
      '--wait',
      '--timeout',
      '1s',
    );
    expect(late.code).toBe(4);
    expect(late.err).toContain('shop is not done after 1s');
    const number = await running();
    expect(number).toBeGreaterThan(0);

    for (const args of [
      ['watch', 'shop'],
      ['release', 'shop', '--wait'],
    ]) {
      const command = site.start(...args);
      await until(`${args[0]} follows`, () => Promise.resolve(command.said().includes('canary 20%')));
      command.interrupt();
      expect((await command.ended).code, args[0]).toBe(130);
    }
    expect(await running()).toBe(number);
    await site.ok('resume', 'shop');
    await until('it is promoted', async () => (await outcomeOf(number)) === 'promoted');
  });

  it('when it was rejected before and somebody insists, and not otherwise', async () => {
    const other = await site.artefact({ version: 'v3' });
    await site.ok('release', 'shop', '--from', other);
    await until('it is under way', async () => (await running()) !== undefined);
    await site.ok('abort', 'shop', '--reason', 'not today');
    await until('it is aborted', async () => (await running()) === undefined);
    await refused(['release', 'shop', '--from', other], 6, 'was rejected before', 'not today', '--insist');
    await site.ok('release', 'shop', '--from', other, '--insist');
    await until('it is under way', async () => (await running()) !== undefined);
    const number = await running();
    await site.ok('promote', 'shop', '--full');
    await until('it is promoted', async () => (await outcomeOf(number)) === 'promoted');
  });
});
