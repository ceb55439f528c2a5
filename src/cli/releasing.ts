import type { ApplyView } from '../api/resources.ts';
import { Failure } from '../base/failure.ts';
import type { Client } from '../client/client.ts';
import { createDisplay, silentDisplay } from './display.ts';
import { follow, tellEnd } from './follow.ts';
import { releaseEnds } from './goals.ts';
import type { Session } from './session.ts';

/** What became of a request to release, on one line. */
function applied({ name, revision, created, released }: ApplyView): string {
  const what = created ? 'declared' : 'updated';
  if (!released) return `${name}: ${what}; ${revision} serves already, or is on its way`;
  return `${name}: ${what}, releasing ${revision}; see it with "coalmine watch ${name}"`;
}

/** What became of requests to release, or would. */
export function told(
  answers: readonly ApplyView[],
  { dryRun }: { readonly dryRun?: boolean },
): readonly string[] {
  return answers.map((answer) => (dryRun === true ? 'dry run: ' : '') + applied(answer));
}

/** The number of the newest release that has ended; 0 before the first, and when nothing is declared yet. */
export async function releasesSoFar(client: Client, name: string): Promise<number> {
  try {
    return (await client.get(name)).lastOutcome?.release ?? 0;
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === 'notFound') return 0;
    throw thrown;
  }
}

/** The same of each member of a group. */
export async function releasesOfGroup(client: Client, group: string): Promise<ReadonlyMap<string, number>> {
  const members = (await client.list()).filter((view) => view.group?.name === group);
  return new Map(members.map(({ name, lastOutcome }) => [name, lastOutcome?.release ?? 0]));
}

/** The id of the newest event of a Rollout; 0 when there is none. */
export async function eventsSoFar(client: Client, name: string): Promise<number> {
  return (await client.events({ rollout: name, limit: 1 })).at(-1)?.id ?? 0;
}

/** Where things stood before the release was asked for. */
export interface Before {
  readonly before: number;
  readonly after: number;
  readonly timeoutMs?: number;
}

/** Shows the release of what was applied until it ends, and answers the exit status. */
export async function waitForRelease(
  session: Session,
  { name, revision, released }: ApplyView,
  { before, ...rest }: Before,
): Promise<number> {
  const ended = releaseEnds(revision, before);
  const end = await follow(session, {
    ...rest,
    name,
    display: session.format === 'table' ? createDisplay(session, { name }) : silentDisplay(session),
    goal: (view, history) => {
      const serves = !released && view.stable === revision && view.release === undefined;
      if (!serves) return ended(view, history);
      return Promise.resolve({ reached: true, message: `${name}: ${revision} serves already` });
    },
  });
  return tellEnd(session, name, end);
}
