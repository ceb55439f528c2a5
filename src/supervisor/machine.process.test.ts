import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { isAlive, thisMachine, type Machine } from './machine.ts';
import { foundProcess } from './running-process.ts';

/** Asks the same questions twice: with file descriptors to spare, and with none left. */
const PROGRAM = `
import { openSync } from 'node:fs';
import { linux } from './machine.mjs';
const settled = (work) => work.then((value) => value !== undefined, (error) => error.code);
const ask = async () => {
  let known;
  try { known = linux.facts(process.pid) !== undefined; } catch (error) { known = error.code; }
  return [known, await settled(linux.list()), await settled(linux.environment(process.pid)),
    await settled(linux.residentBytes(process.pid))];
};
const before = await ask();
console.log('');
try { for (;;) openSync('/dev/null', 'r'); } catch {}
const during = await ask();
console.log(JSON.stringify({ before, during }));
`;

it.runIf(process.platform === 'linux')(
  'takes no process for gone merely because the machine cannot be asked',
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'machine-'));
    try {
      const entry = fileURLToPath(new URL('machine-linux.ts', import.meta.url));
      const outfile = join(home, 'machine.mjs');
      await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm' });
      const program = join(home, 'program.mjs');
      await writeFile(program, PROGRAM);
      const limited = ['-c', 'ulimit -n 64; exec "$0" "$1"', process.execPath, program];
      const { stdout } = await promisify(execFile)('sh', limited, { timeout: 30_000 });
      expect(JSON.parse(stdout)).toEqual({
        before: [true, true, true, true],
        during: ['EMFILE', 'EMFILE', 'EMFILE', 'EMFILE'],
      });
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  },
);

it('knows nothing of a process that never was', async () => {
  const machine = thisMachine();
  const never = 2 ** 30;
  expect(machine.facts(never)).toBeUndefined();
  expect(await machine.residentBytes(never)).toBe(0);
  expect((await machine.environment(never)).size).toBe(0);
});

it('keeps waiting for the end of a process while the machine cannot be asked', async () => {
  const identity = thisMachine().facts(process.pid);
  if (identity === undefined) throw new Error('this process must be known');
  let failures = 0;
  let gone = false;
  const blind: Machine = {
    ...thisMachine(),
    facts: (pid) => {
      if (gone) return undefined;
      failures += 1;
      throw Object.assign(new Error(`too many open files, asked for ${pid}`), { code: 'EMFILE' });
    },
  };
  expect(() => isAlive(blind, identity)).toThrow('too many open files');
  const found = foundProcess(blind, identity);
  await expect.poll(() => failures).toBeGreaterThan(3);
  expect(found.exit()).toBeUndefined();
  gone = true;
  await expect.poll(() => found.exit()).toEqual({});
});
