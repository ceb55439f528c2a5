import { InvalidArgumentError } from 'commander';
import { Failure } from '../../base/failure.ts';
import type { Scenario } from '../../simulate/scenario/model.ts';
import type { Trial } from '../../simulate/two-versions.ts';
import type { Cli } from '../cli.ts';
import { readNamed, usualFile } from '../documents.ts';
import { countOption, durationOption } from '../option-values.ts';
import type { Session } from '../session.ts';
import type { TrialOptions } from '../simulate/trials.ts';

/** The options of `simulate`. */
export interface SimulateOptions extends TrialOptions {
  readonly seed?: number;
  readonly runs: number;
  readonly until?: number;
  readonly lookEvery?: number;
}

/** `simulate [SCENARIO]` */
export function addSimulate({ program, act }: Cli): void {
  program
    .command('simulate')
    .argument(
      '[scenario]',
      'a file that says what happens; without one, a good and a bad version are released',
    )
    .description('try a Rollout in virtual time: the real engine and judges, with services and users made up')
    .option(
      '--runs <count>',
      'so many times, each with chance of its own, to see how outcomes vary',
      runsOption,
      1,
    )
    .option('--seed <number>', 'another course of chance', countOption)
    .option(
      '--until <duration>',
      'how long it goes on, as in 24h; without it, until nothing is left to happen',
      durationOption,
    )
    .option('--look-every <duration>', 'look no more often than this: faster and coarser', durationOption)
    .option('--traffic <rate>', 'without a scenario: requests per second')
    .option('--error-rate <share>', 'without a scenario: the share of requests that fails, as in 0.1%')
    .option('--latency <p50,p99>', 'without a scenario: median and 99th percentile, as in 80ms,300ms')
    .option(
      '--fault <harm>',
      'without a scenario: how the bad version is worse, as in "errors 5%", "latency +30%" or "conversions -10%"',
    )
    .action(
      act(async (session, options: SimulateOptions, [file]) => {
        const { runTrials } = await import('../simulate/run-trials.ts');
        return runTrials(session, options, await trialsOf(session, options, file));
      }),
    );
}

function runsOption(text: string): number {
  const runs = countOption(text);
  if (runs < 1) throw new InvalidArgumentError('Write a whole number above 0.');
  return runs;
}

async function trialsOf(
  session: Session,
  options: SimulateOptions,
  file: string | undefined,
): Promise<readonly Trial[]> {
  if (file === undefined) {
    const { trialsOfTwoVersions } = await import('../simulate/trials.ts');
    return trialsOfTwoVersions(session, options);
  }
  const ofTwo = (['traffic', 'errorRate', 'latency', 'fault'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (ofTwo !== undefined) {
    const flag = ofTwo === 'errorRate' ? '--error-rate' : `--${ofTwo}`;
    throw new Failure('usage', `${flag} does not go with a scenario`, {
      hint: 'write it in the scenario, or leave the file out to try a good and a bad version',
    });
  }
  const { readScenario } = await import('../../simulate/scenario/read.ts');
  const scenario = await readScenario(session.path(file), {
    usual: () => usualFile(session),
    read: (rollouts) => readNamed(session, rollouts),
    ...(session.files === undefined ? {} : { instead: session.files }),
  });
  return [{ name: file, scenario: withOptions(scenario, options) }];
}

/** What is said on the command line holds over what the file says. */
function withOptions(scenario: Scenario, { seed, until, lookEvery }: SimulateOptions): Scenario {
  return {
    ...scenario,
    ...(seed === undefined ? {} : { seed }),
    ...(until === undefined ? {} : { untilMs: until }),
    ...(lookEvery === undefined ? {} : { lookEveryMs: lookEvery }),
  };
}
