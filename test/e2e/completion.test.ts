import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from '../cli/harness.ts';
import { aView } from '../cli/views.ts';
import { hasTool } from '../tools.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.create();
  const document = { spec: { hooks: [{ name: 'migrate' }, { name: 'warm' }] } };
  await bench.serve({ get: () => Promise.resolve(aView({ document })) });
  await mkdir(join(bench.dir, 'bin'));
  await writeFile(join(bench.dir, 'bin/coalmine'), `#!/bin/sh\nexec ${process.execPath} ${CLI} "$@"\n`);
  await chmod(join(bench.dir, 'bin/coalmine'), 0o755);
});

afterAll(async () => {
  await bench.destroy();
});

/** What a shell prints that runs a script with the command in its PATH. */
async function shell(file: string, args: readonly string[]): Promise<readonly string[]> {
  const env = { PATH: `${bench.dir}/bin:${process.env['PATH'] ?? ''}`, HOME: bench.dir, TERM: 'dumb' };
  const { stdout } = await promisify(execFile)(file, args, { cwd: bench.dir, env });
  return stdout.split('\n').filter((line) => line !== '');
}

describe('the script of', () => {
  it.skipIf(!hasTool('bash', 'bash'))('bash completes commands, options and Rollouts', async () => {
    const complete = (...words: readonly string[]): Promise<readonly string[]> => {
      const typed = ['coalmine', ...words].map((word) => `'${word}'`).join(' ');
      const script = `source <(coalmine completion bash); COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _coalmine; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return shell('bash', ['-c', script]);
    };
    expect(await complete('pro')).toEqual(['promote']);
    expect(await complete('promote', '--f')).toEqual(['--file', '--full']);
    expect(await complete('promote', '')).toEqual(['shop']);
    expect(await complete('apply', '')).toEqual([]);
    expect(await complete('logs', 'shop', '--hook', 'm')).toEqual(['migrate']);
    expect(await shell('bash', ['-c', 'source <(coalmine completion bash); complete -p coalmine'])).toEqual([
      expect.stringContaining('-F _coalmine coalmine'),
    ]);
  });

  it.skipIf(!hasTool('zsh', 'zsh'))('zsh completes commands and Rollouts, with what they mean', async () => {
    const complete = (...words: readonly string[]): Promise<readonly string[]> => {
      const typed = ['coalmine', ...words].map((word) => `'${word}'`).join(' ');
      // The parts of zsh's own completion that the script calls tell what they were given.
      const own = `compdef() { :; }; _files() { print files; }; _describe() { print -l "\${(@P)2}"; }`;
      const script = `${own}; source <(coalmine completion zsh); words=(${typed}); CURRENT=${words.length + 1}; _coalmine`;
      return shell('zsh', ['-f', '-c', script]);
    };
    expect(await complete('pro')).toEqual(['promote:leave the step at hand, whatever it waits for']);
    expect(await complete('promote', '')).toEqual(['shop:Rollout']);
    expect(await complete('apply', '')).toEqual(['files']);
  });

  it.skipIf(!hasTool('fish', 'fish'))('fish completes commands and Rollouts', async () => {
    const complete = (line: string): Promise<readonly string[]> =>
      shell('fish', [
        '--no-config',
        '-c',
        `coalmine completion fish | source; complete --do-complete '${line}'`,
      ]);
    expect(await complete('coalmine pro')).toEqual([
      'promote\tleave the step at hand, whatever it waits for',
    ]);
    expect(await complete('coalmine promote sh')).toEqual(['shop\tRollout']);
  });
});
