import type { ReleaseRequest } from '../../api/resources.ts';
import type { Cli } from '../cli.ts';
import { durationOption, gather, operand } from '../option-values.ts';
import { applied, eventsSoFar, releasesSoFar, waitForRelease } from '../releasing.ts';
import type { Session } from '../session.ts';

interface ReleaseOptions {
  readonly from?: string;
  readonly set?: readonly string[];
  readonly envFile?: readonly string[];
  readonly insist?: boolean;
  readonly wait?: boolean;
  readonly timeout?: number;
}

/** `release NAME` */
export function addRelease({ program, act }: Cli): void {
  program
    .command('release')
    .argument('<name>', 'the Rollout')
    .description('release a new version of a declared Rollout; what it changes is declared from then on')
    .option('--from <path>', 'directory or tar of the new version')
    .option('--set <path=value>', 'change one field of the spec, as in workload.process.replicas=3', gather)
    .option('--env-file <file>', 'environment of the new version, in place of the declared one', gather)
    .option('--insist', 'release it although it was rejected before')
    .option('--wait', 'wait until the release has ended; exits 3 when it is not promoted')
    .option(
      '--timeout <duration>',
      'with --wait: give up after this time; the release goes on',
      durationOption,
    )
    .action(
      act<ReleaseOptions>(async (session, options, operands) => {
        const name = operand(operands);
        const client = await session.client();
        const [before, after] = [await releasesSoFar(client, name), await eventsSoFar(client, name)];
        const answer = await client.release(name, requestOf(session, options));
        if (options.wait !== true) {
          await session.print(answer, () => [applied(answer)]);
          return 0;
        }
        const { timeout } = options;
        return waitForRelease(session, answer, {
          before,
          after,
          ...(timeout === undefined ? {} : { timeoutMs: timeout }),
        });
      }),
    );
}

function requestOf(session: Session, { from, set, envFile, insist }: ReleaseOptions): ReleaseRequest {
  return {
    ...(from === undefined ? {} : { from: session.path(from) }),
    ...(set === undefined ? {} : { set }),
    ...(envFile === undefined ? {} : { envFiles: envFile.map((file) => session.path(file)) }),
    ...(insist === undefined ? {} : { insist }),
  };
}
