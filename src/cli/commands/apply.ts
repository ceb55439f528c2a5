import type { ApplyRequest, ApplyView } from '../../api/resources.ts';
import type { Client } from '../../client/client.ts';
import type { Cli } from '../cli.ts';
import { filesFor, readDeclared, type Declared } from '../documents.ts';
import { durationOption } from '../option-values.ts';
import { withProgress } from '../progress.ts';
import { eventsSoFar, releasesSoFar, told, waitForRelease } from '../releasing.ts';
import { deliverable } from '../sending.ts';
import type { Session } from '../session.ts';

interface ApplyOptions {
  readonly dryRun?: boolean;
  readonly insist?: boolean;
  readonly wait?: boolean;
  readonly timeout?: number;
}

/** `apply [FILE…]` */
export function addApply({ program, act }: Cli): void {
  program
    .command('apply')
    .argument('[file...]', 'files that declare Rollouts; ./coalmine.yaml, or coalmine.ts, without one')
    .description('declare Rollouts, or change them; a changed version is released')
    .option('--dry-run', 'only say what would happen')
    .option('--insist', 'release a version although it was rejected before')
    .option('--wait', 'wait until each release has ended; exits 3 when one is not promoted')
    .option(
      '--timeout <duration>',
      'with --wait: give up after this time; the release goes on',
      durationOption,
    )
    .action(
      act<ApplyOptions>(async (session, options, files) => {
        const declared = await readDeclared(session, await filesFor(session, files));
        return options.wait === true && options.dryRun !== true
          ? applyAndWait(session, options, declared)
          : applyAll(session, options, declared);
      }),
    );
}

async function applyAll(
  session: Session,
  options: ApplyOptions,
  declared: readonly Declared[],
): Promise<number> {
  const client = await session.client();
  const answers: ApplyView[] = [];
  for (const one of declared) {
    const document = await deliverable(session, client, one);
    answers.push(await request(session, client, { document, ...flags(options) }));
  }
  await session.print(answers, () => told(answers, options));
  return 0;
}

/** One after the other; the status is that of the first that was not promoted. */
async function applyAndWait(
  session: Session,
  options: ApplyOptions,
  declared: readonly Declared[],
): Promise<number> {
  const client = await session.client();
  const { timeout } = options;
  for (const one of declared) {
    const { rollout } = one;
    const document = await deliverable(session, client, one);
    const before = await releasesSoFar(client, rollout.name);
    const after = await eventsSoFar(client, rollout.name);
    const answer = await request(session, client, { document, ...flags(options) });
    const limit = timeout === undefined ? {} : { timeoutMs: timeout };
    const status = await waitForRelease(session, answer, { before, after, ...limit });
    if (status !== 0) return status;
  }
  return 0;
}

function request(session: Session, client: Client, asked: ApplyRequest): Promise<ApplyView> {
  return withProgress(session, client, { document: asked.document, request: () => client.apply(asked) });
}

function flags({ dryRun, insist }: ApplyOptions): { readonly dryRun?: boolean; readonly insist?: boolean } {
  return {
    ...(dryRun === undefined ? {} : { dryRun }),
    ...(insist === undefined ? {} : { insist }),
  };
}
