import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../base/failure.ts';
import { runRollouts, type ProgramOptions } from './program.ts';

const WORKER = new URL('../../dist/config/program-worker.js', import.meta.url);
const SPEC = `{
  workload: { process: { from: '.', command: ['node', 'server.js'] } },
  strategy: { recreate: {} },
}`;
const shop = (name = "'shop'"): string => `{ metadata: { name: ${name} }, spec: ${SPEC} }`;

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coalmine-program-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

let printed = '';

async function read(name: string, text: string, options: Partial<ProgramOptions> = {}) {
  const file = join(dir, name);
  await writeFile(file, text);
  printed = '';
  return runRollouts(file, {
    worker: WORKER,
    env: { REPLICAS: '4' },
    signal: new AbortController().signal,
    onOutput: (piece) => (printed += piece),
    ...options,
  });
}

async function namesIn(name: string, text: string): Promise<readonly string[]> {
  return (await read(name, text)).map(({ rollout }) => rollout.name);
}

/** What is wrong, as `line path: reason`. */
async function problemsOf(text: string, options: Partial<ProgramOptions> = {}): Promise<readonly string[]> {
  try {
    await read('wrong.ts', text, options);
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    expect(thrown.code).toBe('invalidSpec');
    for (const { file } of thrown.problems) expect(file).toBe(join(dir, 'wrong.ts'));
    return thrown.problems.map(({ line, path, reason }) => `${line ?? '-'} ${path}: ${reason}`);
  }
  throw new Error('nothing was wrong');
}

describe('a program', () => {
  it.each([
    ['a.ts', `import { defineRollout } from 'coalmine';\nexport default defineRollout(${shop()});`],
    ['b.mts', `const name: string = 'shop';\nexport default ${shop('name')};`],
    ['c.mjs', `import { defineRollout } from 'coalmine';\nexport default defineRollout(${shop()});`],
    ['d.js', `export default ${shop()};`],
    ['e.cjs', `module.exports = ${shop()};`],
    ['f.ts', `enum Name { Shop = 'shop' }\nexport default ${shop('Name.Shop')};`],
    ['g.ts', `export default async () => { await null; return ${shop()}; };`],
  ])('in %s declares what it exports', async (...[file, text]) => {
    expect(await namesIn(file, text)).toEqual(['shop']);
  });

  it('may declare several, and import files beside it without their endings', async () => {
    await writeFile(join(dir, 'names.ts'), "export const NAMES: readonly string[] = ['web', 'api'];");
    const text = `import { NAMES } from './names';\nexport default NAMES.map((name) => (${shop('name')}));`;
    expect(await namesIn('several.ts', text)).toEqual(['web', 'api']);
  });

  it('is given the environment of the command', async () => {
    const spec = SPEC.replace('from:', 'replicas: Number(env.REPLICAS), from:');
    const text = `export default ({ env }: { env: NodeJS.ProcessEnv }) => ({ metadata: { name: 'a' }, spec: ${spec} });`;
    const [declared] = await read('env.ts', text);
    expect(declared?.rollout.workload.replicas).toBe(4);
    expect(declared?.document).toMatchObject({ apiVersion: 'coalmine.dev/v1', kind: 'Rollout' });
  });

  it('prints beside the answer', async () => {
    await read('prints.ts', `console.log('looking');\nexport default ${shop()};`);
    expect(printed).toBe('looking\n');
  });

  it('that leaves something open has declared all the same', async () => {
    expect(await namesIn('open.ts', `setInterval(() => {}, 1000);\nexport default ${shop()};`)).toEqual([
      'shop',
    ]);
  });
});

describe('a program that is wrong is told of, with its line or field', () => {
  it.each([
    ['\nthrow new Error("no such team");', ['2 : it threw: no such team']],
    ['const a = {\n  b: 1,\nexport default a;', ["3 : it is not TypeScript: Unexpected keyword 'export'."]],
    ['export const shop = 1;', ['- : its default export declares no Rollout']],
    ['export default () => undefined;', ['- : its default export declares no Rollout']],
    ['export default 7;', ['- : must be an object, but is a number']],
    [
      `export default ${shop().replace("'.'", '() => 1')};`,
      ['- spec.workload.process.from: must be plain data, but is a function'],
    ],
    [
      `export default ${shop().replace('from', 'form')};`,
      ['- spec.workload.process.form: unknown field', '- spec.workload.process.from: is required'],
    ],
    [
      `export default [${shop()}, ${shop("'b'").replace('recreate', 'rekreate')}];`,
      [
        '- [1].spec.strategy.rekreate: unknown field',
        '- [1].spec.strategy: needs one strategy: recreate, ramped, blueGreen, canary, ab or shadow',
      ],
    ],
    [
      `export default [${shop()}, ${shop()}];`,
      ['- [1].metadata.name: another Rollout of this file is named shop'],
    ],
    ['export default () => new Promise(() => {});', ['- : it waits for a promise that nothing will fulfil']],
    ['process.exit(3);', ['- : it ended with status 3 before it declared anything']],
    ['import { x } from "./missing";\nexport default x;', ["1 : it threw: Cannot find module './missing'"]],
    ['export default [];', ['1 : there is no document']],
  ])('%s', async (...[text, expected]) => {
    expect(await problemsOf(text)).toEqual(expected);
  });

  it('also when it does not end', async () => {
    expect(await problemsOf('for (;;);', { timeoutMs: 500 })).toEqual(['- : it has not ended within 500ms']);
  });
});

it('is ended by Ctrl-C', async () => {
  const stop = new AbortController();
  const reading = read('endless.ts', 'console.log("begun"); for (;;);', {
    signal: stop.signal,
    onOutput: () => {
      stop.abort(new Error('enough'));
    },
  });
  await expect(reading).rejects.toThrow('enough');
});

it('that is not there is named', async () => {
  const missing = runRollouts(join(dir, 'missing.ts'), {
    worker: WORKER,
    env: {},
    signal: new AbortController().signal,
    onOutput: () => undefined,
  });
  await expect(missing).rejects.toMatchObject({ code: 'usage' });
});

it('that declares too much is refused', async () => {
  const big = shop().replace("'.'", "'x'.repeat(2_000_000)");
  await expect(read('big.ts', `export default ${big};`)).rejects.toMatchObject({ code: 'tooLarge' });
});
