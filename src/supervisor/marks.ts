import type { Environment } from '../base/environment.ts';
import { BUILD_MARK, OWNER_MARK } from '../base/marks.ts';
import type { Copy } from '../engine/observation.ts';
import type { RevisionId } from '../rollout/model.ts';
import type { Machine, ProcessFacts } from './machine.ts';

/** Variables every supervised process carries, so that it can be recognised when its record was lost. */
const INSTANCE = 'COALMINE_INSTANCE';
const ROLLOUT = 'COALMINE_ROLLOUT';
const REVISION = 'COALMINE_REVISION';
const COPY = 'COALMINE_COPY';
const PROBE = 'COALMINE_PROBE';

/** Whose a process is and what it is. */
export interface Marks {
  readonly owner: string;
  readonly instance: string;
  readonly rollout: string;
  readonly revision: RevisionId;
  readonly copy?: Copy;
  readonly port: number;
}

/** The variables that say so. They win over the user's. */
export function markEnvironment(marks: Marks): Environment {
  return {
    PORT: String(marks.port),
    HOST: '127.0.0.1',
    [OWNER_MARK]: marks.owner,
    [INSTANCE]: marks.instance,
    [ROLLOUT]: marks.rollout,
    [REVISION]: marks.revision,
    ...(marks.copy === undefined ? {} : { [COPY]: marks.copy }),
  };
}

/** Added to the environment of probe commands, which must not be taken for the instance they ask. */
export const PROBE_MARK: Environment = { [PROBE]: '1' };

/** A process that carries our marks: an instance itself, or something it or a probe of it started. */
export interface MarkedProcess extends Marks {
  readonly facts: ProcessFacts;
  /** It may be the instance itself; so may what has made a session of its own. The eldest of an instance is. */
  readonly leader: boolean;
}

/**
 * One owner's living processes. Reads the environment of every process of the machine, one after another, since each
 * takes a file descriptor: for the end of an instance and for adoption, not for every look at one.
 */
export async function findMarked(machine: Machine, owner: string): Promise<readonly MarkedProcess[]> {
  const found: MarkedProcess[] = [];
  for (const facts of await machine.list()) {
    if (!facts.alive || facts.pid === process.pid) continue;
    const marked = readMarks(facts, await machine.environment(facts.pid));
    if (marked?.owner === owner) found.push(marked);
  }
  return found;
}

/** What runs of one owner's builds; whoever waited for them is gone when the next control process asks. */
export async function findBuilds(machine: Machine, owner: string): Promise<readonly ProcessFacts[]> {
  const found: ProcessFacts[] = [];
  for (const facts of await machine.list()) {
    if (!facts.alive || facts.pid === process.pid) continue;
    const environment = await machine.environment(facts.pid);
    if (environment.get(OWNER_MARK) === owner && environment.has(BUILD_MARK)) found.push(facts);
  }
  return found;
}

function readMarks(facts: ProcessFacts, environment: ReadonlyMap<string, string>): MarkedProcess | undefined {
  const owner = environment.get(OWNER_MARK);
  const instance = environment.get(INSTANCE);
  if (owner === undefined || instance === undefined) return undefined;
  return {
    facts,
    owner,
    instance,
    rollout: environment.get(ROLLOUT) ?? '',
    revision: (environment.get(REVISION) ?? '') as RevisionId,
    ...(environment.get(COPY) === 'baseline' ? { copy: 'baseline' as const } : {}),
    port: Number(environment.get('PORT') ?? 0),
    leader: facts.pid === facts.groupId && !environment.has(PROBE),
  };
}
