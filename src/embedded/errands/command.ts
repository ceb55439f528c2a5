import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../../base/environment.ts';
import { writeDurably } from '../../files/durable-file.ts';
import type { GateAnswer } from '../../engine/gates/answer.ts';
import { LEAVE } from '../../errands/errands.ts';
import { launch } from '../../supervisor/launch.ts';
import { isAlive, type Machine, type ProcessIdentity } from '../../supervisor/machine.ts';
import { signalGroup } from '../../system/signals.ts';
import { OUTPUT } from './hook-log.ts';

/** A command to run once. */
export interface CommandErrand {
  /** Of this run alone: what it was and what came of it is kept here. */
  readonly directory: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
  readonly machine: Machine;
  readonly onAnswer: (answer: GateAnswer) => void;
  /** Aborted: nobody wants it any more, and its processes are killed; `leave` as the reason: only not looked at. */
  readonly signal: AbortSignal;
}

const LOOK_MS = 100;
/** A run that was killed from outside is begun again so often. */
const MOST_RUNS = 3;

/** The variable that tells a run where it is kept. */
const RUN = 'COALMINE_RUN';

/**
 * Our own text: it runs what it is given as arguments, word by word, and writes down how that ended, so that the end is
 * known whoever lives to see it.
 */
const KEEPER =
  '"$@"; code=$?; printf %s "$code" > "$COALMINE_RUN/exit.draft" && mv "$COALMINE_RUN/exit.draft" "$COALMINE_RUN/exit"';

interface Run {
  readonly process: ProcessIdentity;
  readonly bootId: string;
  readonly count: number;
}

/** Runs a command to its end, or finds one that an earlier control process began. */
export async function runCommand(errand: CommandErrand): Promise<void> {
  const { directory, onAnswer, signal } = errand;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  while (!signal.aborted) {
    const run = (await runOf(directory)) ?? (await unrecorded(errand));
    const running = run !== undefined && (await isRunning(run, errand.machine));
    // Read after that: what does not run any more has written it before, unless it was killed.
    const code = await read(join(directory, 'exit'));
    if (code !== undefined) {
      onAnswer(answerOf(code, directory));
      return;
    }
    const count = run?.count ?? 0;
    if (running) await sleep(LOOK_MS);
    else if (count >= MOST_RUNS) {
      onAnswer({ kind: 'no', why: `was killed ${count} times before it ended` });
      return;
    } else if (!(await begin(errand, count + 1))) return;
  }
  await giveUp(errand);
}

function answerOf(code: string, directory: string): GateAnswer {
  if (code === '0') return { kind: 'yes', why: 'ended well' };
  return { kind: 'no', why: `ended with code ${code}; its output is in ${join(directory, OUTPUT)}` };
}

async function begin(errand: CommandErrand, count: number): Promise<boolean> {
  const { directory, command, cwd, env, machine, onAnswer } = errand;
  const log = await open(join(directory, OUTPUT), 'a', 0o600);
  const launched = await launch(
    {
      command: ['/bin/sh', '-c', KEEPER, 'coalmine-hook', ...command],
      cwd,
      env: { ...env, [RUN]: directory },
      log,
    },
    machine,
  );
  await log.close();
  if (launched.kind === 'refused') {
    onAnswer({ kind: 'no', why: launched.reason });
    return false;
  }
  const run: Run = { process: launched.process.identity, bootId: await machine.bootId(), count };
  launched.process.release();
  await writeDurably(join(directory, 'run.json'), JSON.stringify(run));
  return true;
}

async function runOf(directory: string): Promise<Run | undefined> {
  const text = await read(join(directory, 'run.json'));
  // Written by us, as a whole.
  return text === undefined ? undefined : (JSON.parse(text) as Run);
}

/** One that was begun just before its control process died: it carries its directory as a mark. */
async function unrecorded({ directory, machine }: CommandErrand): Promise<Run | undefined> {
  for (const { pid, groupId, startTime, alive } of await machine.list()) {
    if (!alive || pid !== groupId) continue;
    if ((await machine.environment(pid)).get(RUN) !== directory) continue;
    const run: Run = { process: { pid, startTime }, bootId: await machine.bootId(), count: 1 };
    await writeDurably(join(directory, 'run.json'), JSON.stringify(run));
    return run;
  }
  return undefined;
}

async function isRunning(run: Run, machine: Machine): Promise<boolean> {
  return run.bootId === (await machine.bootId()) && isAlive(machine, run.process);
}

/** Its whole group goes: what it has started too. */
async function giveUp({ directory, machine, signal }: CommandErrand): Promise<void> {
  if (signal.reason !== LEAVE) await killRun(directory, machine);
}

async function killRun(directory: string, machine: Machine): Promise<void> {
  const run = await runOf(directory);
  if (run !== undefined && (await isRunning(run, machine))) signalGroup(run.process.pid, 'SIGKILL');
}

/** So many runs of a Rollout are kept, with their output. */
const KEPT_RUNS = 20;

/** Ends what an earlier control process has begun and nobody wants any more, and removes what is old. */
export async function sweepRuns(
  directory: string,
  wanted: readonly string[],
  machine: Machine,
): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const others: { readonly path: string; readonly at: number }[] = [];
  for (const name of names.filter((one) => !wanted.includes(one))) {
    const path = join(directory, name);
    await killRun(path, machine);
    others.push({ path, at: (await stat(path)).mtimeMs });
  }
  others.sort((a, b) => b.at - a.at);
  for (const { path } of others.slice(KEPT_RUNS)) await rm(path, { recursive: true, force: true });
}

/** Ends all runs of a Rollout, and removes them with their output. */
export async function removeRuns(directory: string, machine: Machine): Promise<void> {
  await sweepRuns(directory, [], machine);
  await rm(directory, { recursive: true, force: true });
}

async function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
