import { Option } from 'commander';
import type { ReleaseRequest, UploadKind } from '../../api/resources.ts';
import type { Client } from '../../client/client.ts';
import type { Cli } from '../cli.ts';
import { waitForGroup } from '../group.ts';
import { durationOption, gather, nameOrGroup } from '../option-values.ts';
import { told, eventsSoFar, releasesSoFar, waitForRelease } from '../releasing.ts';
import { deliveredPath } from '../sending.ts';
import type { Session } from '../session.ts';

interface ReleaseOptions {
  readonly group?: string;
  readonly from?: string;
  readonly fromRollout?: string;
  readonly revision?: string;
  readonly set?: readonly string[];
  readonly envFile?: readonly string[];
  readonly insist?: boolean;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly timeout?: number;
}

/** `release NAME` */
export function addRelease({ program, act }: Cli): void {
  program
    .command('release')
    .argument('[name]', 'the Rollout')
    .description('release a new version of a declared Rollout; what it changes is declared from then on')
    .option('--group <name>', 'all Rollouts of a group instead, as one')
    .option('--from <path>', 'directory or tar of the new version')
    .addOption(
      new Option(
        '--from-rollout <name>',
        'what another Rollout runs, without building it again, in its place',
      ).conflicts('from'),
    )
    .option(
      '--revision <id>',
      'with --from-rollout: a revision of it or the number of a release, not its stable one',
    )
    .option('--set <path=value>', 'change one field of the spec, as in workload.process.replicas=3', gather)
    .option('--env-file <file>', 'environment of the new version, in place of the declared one', gather)
    .option('--dry-run', 'only say what would happen')
    .option('--insist', 'release it although it was rejected before')
    .option('--wait', 'wait until the release has ended; exits 3 when it is not promoted')
    .option(
      '--timeout <duration>',
      'with --wait: give up after this time; the release goes on',
      durationOption,
    )
    .action(
      act<ReleaseOptions>((session, options, operands) => {
        const what = nameOrGroup(operands, options.group);
        return 'group' in what
          ? releaseGroup(session, what.group, options)
          : releaseOne(session, what.name, options);
      }),
    );
}

async function releaseOne(session: Session, name: string, options: ReleaseOptions): Promise<number> {
  const client = await session.client();
  const [before, after] = [await releasesSoFar(client, name), await eventsSoFar(client, name)];
  const answer = await client.release(name, await requestOf(session, client, options));
  if (options.wait !== true || options.dryRun === true) {
    await session.print(answer, () => told([answer], options));
    return 0;
  }
  const { timeout } = options;
  const limit = timeout === undefined ? {} : { timeoutMs: timeout };
  return waitForRelease(session, answer, { before, after, ...limit });
}

async function releaseGroup(session: Session, group: string, options: ReleaseOptions): Promise<number> {
  const client = await session.client();
  const answers = await client.releaseGroup(group, await requestOf(session, client, options));
  if (options.wait === true && options.dryRun !== true) return waitForGroup(session, group, options);
  await session.print(answers, () => told(answers, options));
  return 0;
}

async function requestOf(
  session: Session,
  client: Client,
  { from, fromRollout, revision, set, envFile, insist, dryRun }: ReleaseOptions,
): Promise<ReleaseRequest> {
  const place = (kind: UploadKind, written: string): Promise<string> =>
    deliveredPath(session, client, { kind, path: session.path(written) });
  const envFiles: string[] = [];
  for (const file of envFile ?? []) envFiles.push(await place('environment', file));
  return {
    ...(from === undefined ? {} : { from: await place('artefact', from) }),
    ...(fromRollout === undefined ? {} : { fromRollout }),
    ...(revision === undefined ? {} : { revision }),
    ...(set === undefined ? {} : { set }),
    ...(envFile === undefined ? {} : { envFiles }),
    ...(insist === undefined ? {} : { insist }),
    ...(dryRun === undefined ? {} : { dryRun }),
  };
}
