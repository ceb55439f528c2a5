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

interface WaitOptions {
  readonly for: string;
  readonly group?: string;
  readonly timeout?: number;
}

/** `wait NAME` */
export function addWait({ program, act }: Cli): void {
  program
    .command('wait')
    .argument('[name]', 'the Rollout')
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
        const { name } = what;
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
