import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { thisMachine } from './machine.ts';
import { askProbe, type ProbeAnswer } from './probe.ts';
import { signalProcess } from '../system/signals.ts';

it.each([
  ['says yes', 0],
  ['says no', 1],
])('leaves nothing behind of a command that %s', async (_, code) => {
  const cwd = await mkdtemp(join(tmpdir(), 'probe-'));
  const script = `
    const { spawn } = require('child_process');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
    require('fs').writeFileSync('pid', String(child.pid)); process.exit(${code});`;
  const check = { kind: 'command', command: [process.execPath, '-e', script] } as const;
  const probe = { check, everyMs: 1, timeoutMs: 10_000, withinMs: 1, failures: 1 };
  try {
    const answer: ProbeAnswer = await askProbe(
      probe,
      { port: 1, env: {}, cwd },
      new AbortController().signal,
    );
    expect(answer.ok).toBe(code === 0);
    const pid = Number(await readFile(join(cwd, 'pid'), 'utf8'));
    try {
      await expect.poll(() => thisMachine().facts(pid)?.alive ?? false).toBe(false);
    } finally {
      signalProcess(pid, 'SIGKILL');
    }
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
});
