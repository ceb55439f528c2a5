import { Option } from 'commander';
import { closest } from '../../base/closest.ts';
import { Failure } from '../../base/failure.ts';
import { PHASES } from '../../rollout/model.ts';
import type { Cli } from '../cli.ts';
import { silentDisplay } from '../display.ts';
import { waitForGroup } from '../group.ts';
import { follow, tellEnd } from '../follow.ts';
import { currentReleaseEnds, phaseIs, type Goal } from '../goals.ts';
import { durationOption, nameOrGroup } from '../option-values.ts';
import type { Session } from '../session.ts';
import { deploymentIn } from '../deployment-name.ts';
import { waitFor } from '../../system/waiting.ts';

/** Between two looks whether an operator has seen a change. */
const LOOK_MS = 500;
/** An operator that runs has seen a change by then. */
const PATIENCE_MS = 5_000;

interface WaitOptions {
  readonly for: string;
  readonly group?: string;
  readonly timeout?: number;
}

/** `wait NAME` */
export function addWait({ program, act }: Cli): void {
  program
    .command('wait')
    .argument('[name]', 'the Rollout, or in a cluster the deployment/NAME that one has adopted')
    .description('wait until a release has ended or a phase is reached; exits 3 when it ends otherwise')
    .option('--group <name>', 'wait for the release of a group instead: until every member has ended')
    .addOption(
      new Option('--for <condition>', `"promoted", or a phase: ${PHASES.join(', ').toLowerCase()}`).default(
        'promoted',
      ),
    )
    .option('--timeout <duration>', 'give up after this time (exit status 4)', durationOption)
    .action(
      act<WaitOptions>(async (session, options, operands) => {
        const what = nameOrGroup(operands, options.group);
        if ('group' in what) return waitForGroup(session, what.group, options);
        const goal = goalOf(options.for);
        const name = await rolloutNamed(session, what.name);
        const timeoutMs = await timeAfterSeen(session, name, options.timeout);
        const end = await follow(session, {
          ...{ name, goal, display: silentDisplay(session) },
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
        });
        return tellEnd(session, name, end);
      }),
    );
}

async function rolloutNamed(session: Session, named: string): Promise<string> {
  if (!named.includes('/')) return named;
  const deployment = deploymentIn(named);
  if (!session.isOfCluster) {
    throw new Failure('usage', `${named} is in a cluster, and none is named`, {
      hint: 'name its namespace with -n, or call it as "kubectl coalmine wait"',
    });
  }
  return (await session.cluster()).rolloutOf(deployment);
}

/**
 * Waits until the operator of a cluster has seen what is asked for now: until then a Rollout tells how it went with what was
 * asked before. Answers how much of the time is left. Throws Failure `timedOut` when it is over.
 */
async function timeAfterSeen(
  session: Session,
  name: string,
  timeoutMs: number | undefined,
): Promise<number | undefined> {
  if (!session.isOfCluster) return timeoutMs;
  const cluster = await session.cluster();
  const begun = performance.now();
  const left = (): number => (timeoutMs ?? Infinity) - (performance.now() - begun);
  let isTold = false;
  while (!session.io.interrupted.aborted && !(await cluster.isSeen(name))) {
    if (left() <= 0) throw unseen(name);
    if (!isTold && performance.now() - begun > PATIENCE_MS) {
      session.remark(`${unseen(name).message}; waiting for it`);
      isTold = true;
    }
    await waitFor(Math.min(LOOK_MS, left()), session.io.interrupted);
  }
  return timeoutMs === undefined ? undefined : Math.max(1, left());
}

function unseen(name: string): Failure {
  return new Failure('timedOut', `the operator has not seen what ${name} is to run now`, {
    hint: `Does it run? "coalmine describe ${name}" shows what stands in its way.`,
  });
}

function goalOf(condition: string): Goal {
  if (condition.toLowerCase() === 'promoted') return currentReleaseEnds();
  const phase = PHASES.find((one) => one.toLowerCase() === condition.toLowerCase());
  if (phase !== undefined) return phaseIs(phase);
  const known = ['promoted', ...PHASES.map((one) => one.toLowerCase())];
  const near = closest(condition, known);
  throw new Failure('usage', `"${condition}" is nothing to wait for`, {
    hint: near === undefined ? `There are ${known.join(', ')}.` : `Did you mean ${near}?`,
  });
}
