import { Option } from 'commander';
import type { ApplyView, ReleaseRequest, UploadKind } from '../../api/resources.ts';
import { Failure } from '../../base/failure.ts';
import type { Client } from '../../client/client.ts';
import type { Cli } from '../cli.ts';
import { waitForGroup } from '../group.ts';
import { durationOption, gather, nameOrGroup } from '../option-values.ts';
import { withProgress } from '../progress.ts';
import { told, eventsSoFar, releasesOfGroup, releasesSoFar, waitForRelease } from '../releasing.ts';
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
  readonly report?: string;
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
    .option('--report <dir>', 'with --wait: write the story of each release into a directory')
    .action(
      act<ReleaseOptions>((session, options, operands) => {
        refuseReport(options);
        const what = nameOrGroup(operands, options.group);
        return 'group' in what
          ? releaseGroup(session, what.group, options)
          : releaseOne(session, what.name, options);
      }),
    );
}

function refuseReport({ report, wait, dryRun }: ReleaseOptions): void {
  if (report === undefined || (wait === true && dryRun !== true)) return;
  throw new Failure('usage', '--report goes with --wait', {
    hint: 'For a release that has ended: coalmine report NAME',
  });
}

async function releaseOne(session: Session, name: string, options: ReleaseOptions): Promise<number> {
  const client = await session.client();
  const [before, after] = [await releasesSoFar(client, name), await eventsSoFar(client, name)];
  const asked = await requestOf(session, client, options);
  const { document } = await client.get(name);
  const request = (): Promise<ApplyView> => client.release(name, asked);
  const answer = await withProgress(session, client, { document, request });
  if (options.wait !== true || options.dryRun === true) {
    await session.print(answer, () => told([answer], options));
    return 0;
  }
  const { timeout } = options;
  const limit = timeout === undefined ? {} : { timeoutMs: timeout };
  const status = await waitForRelease(session, answer, { before, after, ...limit });
  if (options.report !== undefined && answer.released) {
    const { writeReportInto } = await import('../report/write-report.ts');
    await writeReportInto(session, name, options.report);
  }
  return status;
}

async function releaseGroup(session: Session, group: string, options: ReleaseOptions): Promise<number> {
  const client = await session.client();
  const before = await releasesOfGroup(client, group);
  const answers = await client.releaseGroup(group, await requestOf(session, client, options));
  if (options.wait !== true || options.dryRun === true) {
    await session.print(answers, () => told(answers, options));
    return 0;
  }
  const status = await waitForGroup(session, group, options);
  if (options.report !== undefined) {
    const { writeGroupReportsInto } = await import('../report/write-report.ts');
    await writeGroupReportsInto(session, { group, before }, options.report);
  }
  return status;
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
