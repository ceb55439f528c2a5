import { digestOf } from '../base/canonical.ts';
import type { ProcessWorkload, RevisionId } from './model.ts';

/**
 * What makes a revision: the code, how it is built and started, and its environment. How many run, how they are
 * probed, limited, stopped and restarted, how users reach them and how they are judged is not part of it: those
 * can change without a new version of the program.
 */
export interface RevisionTemplate {
  readonly kind: ProcessWorkload['kind'];
  readonly command: readonly string[];
  readonly build?: readonly string[];
  /** Digest of the artefact's content; absent for a live directory. */
  readonly artefact?: string;
  /** Path of a directory that is used as it is. */
  readonly live?: string;
  /** Digest of all variables, made with the installation's key so that it gives no value away. */
  readonly environment: string;
}

/**
 * How the processes of a revision are probed, limited, stopped and restarted: kept with it, so that what suits a
 * new version is not asked of the old one, and not part of its name.
 */
export type RevisionSettings = Pick<ProcessWorkload, 'ready' | 'live' | 'stop' | 'limits' | 'restart'>;

/** Hexadecimal digits of the hash in a revision's name. */
const DIGITS = 12;

/** The template of a workload whose artefact and environment have these digests. */
export function templateOf(
  workload: ProcessWorkload,
  artefactDigest: string,
  environmentDigest: string,
): RevisionTemplate {
  const { kind, command, build, from } = workload;
  return {
    kind,
    command: [...command],
    ...(build === undefined || build.length === 0 ? {} : { build: [...build] }),
    ...('live' in from ? { live: from.live } : { artefact: artefactDigest }),
    environment: environmentDigest,
  };
}

/** The settings a workload declares for the revision it makes. */
export function revisionSettings({ ready, live, stop, limits, restart }: ProcessWorkload): RevisionSettings {
  return {
    ...(ready === undefined ? {} : { ready }),
    ...(live === undefined ? {} : { live }),
    stop,
    limits,
    restart,
  };
}

/** The name of a template: equal for equal templates, whatever the order of their fields. */
export function revisionIdOf(template: RevisionTemplate): RevisionId {
  return `r1-${digestOf({ ...template }).slice(0, DIGITS)}` as RevisionId;
}
