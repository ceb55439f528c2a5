import { Option } from 'commander';
import { closest } from '../../base/closest.ts';
import { Failure } from '../../base/failure.ts';
import type { Phase } from '../../rollout/model.ts';
import type { Cli } from '../cli.ts';
import { silentDisplay } from '../display.ts';
import { follow, tellEnd } from '../follow.ts';
import { currentReleaseEnds, phaseIs, type Goal } from '../goals.ts';
import { durationOption, operand } from '../option-values.ts';

const PHASES: readonly Phase[] = [
  'Pending',
  'Progressing',
  'Paused',
  'Waiting',
  'Promoting',
  'RollingBack',
  'Healthy',
  'Degraded',
];

interface WaitOptions {
  readonly for: string;
  readonly timeout?: number;
}

/** `wait NAME` */
export function addWait({ program, act }: Cli): void {
  program
    .command('wait')
    .argument('<name>', 'the Rollout')
    .description('wait until a release has ended or a phase is reached; exits 3 when it ends otherwise')
    .addOption(
      new Option('--for <condition>', `"promoted", or a phase: ${PHASES.join(', ').toLowerCase()}`).default(
        'promoted',
      ),
    )
    .option('--timeout <duration>', 'give up after this time (exit status 4)', durationOption)
    .action(
      act<WaitOptions>(async (session, options, operands) => {
        const name = operand(operands);
        const end = await follow(session, {
          name,
          goal: goalOf(options.for),
          display: silentDisplay(session),
          ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout }),
        });
        return tellEnd(session, name, end);
      }),
    );
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
