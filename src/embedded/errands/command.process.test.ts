import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/proxy.ts';
import type { GateAnswer } from '../../engine/gates/answer.ts';
import { isAlive, thisMachine, type Machine, type ProcessIdentity } from '../../supervisor/machine.ts';
import { runCommand } from './command.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hook-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Runs until `go` is there, and leaves a line for each time it was begun. */
const COMMAND = 'echo begun >> begun; until [ -e go ]; do sleep 0.01; done';

/** This machine, where the command ends just as it is asked whether the command runs. */
function endingWhenAsked(): Machine {
  const machine = thisMachine();
  let asked = 0;
  return {
    ...machine,
    bootId: async () => {
      asked += 1;
      // The first time it is written down where it was begun.
      if (asked === 2) await end(machine);
      return machine.bootId();
    },
  };
}

async function end(machine: Machine): Promise<void> {
  await writeFile(join(home, 'go'), '');
  const text = await readFile(join(home, 'run.json'), 'utf8');
  const { process } = JSON.parse(text) as { readonly process: ProcessIdentity };
  await eventually(() => !isAlive(machine, process), 'the command ends');
}

describe('the command of a hook', () => {
  it('is run once, whenever it ends between two looks at it', async () => {
    const answers: GateAnswer[] = [];
    await runCommand({
      directory: home,
      command: ['sh', '-c', COMMAND],
      cwd: home,
      env: { PATH: process.env['PATH'] ?? '' },
      machine: endingWhenAsked(),
      onAnswer: (answer) => answers.push(answer),
      signal: new AbortController().signal,
    });
    expect(answers).toEqual([{ kind: 'yes', why: 'ended well' }]);
    expect(await readFile(join(home, 'begun'), 'utf8')).toBe('begun\n');
  });
});
