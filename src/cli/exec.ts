import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { RolloutView } from '../api/resources.ts';
import { inheritedEnvironment, type Environment } from '../base/environment.ts';
import { hasCode } from '../base/errno.ts';
import { Failure, messageOf } from '../base/failure.ts';
import { isJsonObject, type Json } from '../base/json.ts';
import type { RevisionId } from '../rollout/model.ts';
import { environmentOf } from '../store/artefacts/revision.ts';
import type { Session } from './session.ts';

/** What to run, as which version. */
export interface Execution {
  readonly name: string;
  readonly command: readonly string[];
  readonly track: string;
  /** In place of the track. */
  readonly revision?: string;
}

/** What a shell adds to the number of the signal that ended a command. */
const BY_SIGNAL = 128;

/**
 * Runs a command in the pinned directory of a revision, with its environment, and passes its exit status on. It
 * gets no PORT, for nobody is to be served by it, and none of the marks by which processes are found again.
 */
export async function runIn(session: Session, execution: Execution): Promise<number> {
  session.refuseRemote();
  const client = await session.client();
  const [view, { dataDir }] = [await client.get(execution.name), await client.system()];
  refuseContainers(view);
  const revisions = join(dataDir, 'revisions');
  const revision =
    execution.revision === undefined ? playing(view, execution.track) : named(execution.revision);
  const pinned = await environmentOf(revisions, revision);
  if (pinned === undefined) {
    throw new Failure('notFound', `nothing of revision ${revision} is kept here`, {
      hint: `"coalmine history ${execution.name}" shows which there were.`,
    });
  }
  const cwd = liveDirectory(view) ?? join(revisions, revision);
  const env = { ...inheritedEnvironment(session.io.env), ...terminalOf(session), ...pinned };
  return run(session, execution.command, { cwd, env });
}

/** What containers run is not on this side of their engine. */
function refuseContainers(view: RolloutView): void {
  if (under(view.document, ['spec', 'workload', 'container']) === undefined) return;
  const [instance] = view.groups.flatMap(({ instances }) => instances);
  throw new Failure('usage', `${view.name} runs containers, and nothing of them here`, {
    hint: `run it inside one, as in: docker exec coalmine-${view.name}-${instance?.id ?? 'INSTANCE'} COMMAND`,
  });
}

/** Throws Failure `usage` for what is no id, and could lead elsewhere as a part of a path. */
function named(text: string): RevisionId {
  if (/^r\d+-[0-9a-z]+$/.test(text)) return text as RevisionId;
  throw new Failure('usage', `"${text}" is not the id of a revision`, {
    hint: '"coalmine history" and "coalmine describe" show them.',
  });
}

function playing(view: RolloutView, track: string): RevisionId {
  const group = view.groups.find((one) => one.track === track);
  const revision = group?.revision ?? (track === 'stable' ? view.stable : undefined);
  if (revision !== undefined) return revision;
  const tracks = view.groups.map((one) => one.track).join(', ');
  throw new Failure('notFound', `${view.name} has no track ${track} now`, {
    hint: tracks === '' ? 'None of its versions runs.' : `There are: ${tracks}.`,
  });
}

/** Where a Rollout for development runs: in its sources themselves. */
function liveDirectory({ document }: RolloutView): string | undefined {
  const live = under(document, ['spec', 'workload', 'process', 'from', 'live']);
  return typeof live === 'string' ? live : undefined;
}

function under(value: Json, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((at, key) => (isJsonObject(at) ? at[key] : undefined), value);
}

/** A program that draws has to know on what. */
function terminalOf({ io }: Session): Environment {
  return io.env['TERM'] === undefined ? {} : { TERM: io.env['TERM'] };
}

interface Place {
  readonly cwd: string;
  readonly env: Environment;
}

function run({ io }: Session, [file = '', ...args]: readonly string[], place: Place): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...place, stdio: 'inherit' });
    if (child.pid !== undefined) io.handOver?.(child.pid);
    child.once('error', (cause) => {
      const why = hasCode(cause, 'ENOENT') ? 'there is no such command' : messageOf(cause);
      reject(new Failure('usage', `${file} cannot be started: ${why}`, { cause }));
    });
    child.once('exit', (code, signal) => {
      resolve(code ?? BY_SIGNAL + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
