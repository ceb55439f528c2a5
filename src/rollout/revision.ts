import { digestOf } from '../base/canonical.ts';
import type { JsonObject } from '../base/json.ts';
import type {
  ContainerWorkload,
  DeploymentWorkload,
  ProcessWorkload,
  RevisionId,
  RunningWorkload,
} from './model.ts';

/**
 * What makes a revision: the code, how it is built and started, and its environment. How many run, how they are
 * probed, limited, stopped and restarted, how users reach them and how they are judged is not part of it: those
 * can change without a new version of the program.
 */
export type RevisionTemplate = ProcessTemplate | ContainerTemplate;

/** What makes a revision of local processes. */
export interface ProcessTemplate {
  readonly kind: ProcessWorkload['kind'];
  readonly command: readonly string[];
  readonly build?: readonly string[];
  /** Digest of the artefact's content; absent for a live directory. */
  readonly artefact?: string;
  /** Path of a directory that is used as it is. */
  readonly live?: string;
  /** The revision whose build made the files; absent: its own, or none did. */
  readonly builtAs?: RevisionId;
  /** Digest of all variables, made with the installation's key so that it gives no value away. */
  readonly environment: string;
}

/** What makes a revision of containers. */
export interface ContainerTemplate {
  readonly kind: ContainerWorkload['kind'];
  /** The image by what is in it: `name@sha256:…`, or its id where it comes from no registry. */
  readonly image: string;
  /** In place of the image's own. */
  readonly command?: readonly string[];
  readonly port?: number;
  readonly environment: string;
}

/** What makes a revision of pods. */
export interface PodsTemplate {
  readonly kind: DeploymentWorkload['kind'];
  /** The template of the pods as it is stored, without what says nothing. */
  readonly template: JsonObject;
  /** Digests of what is in the ConfigMaps and Secrets that the pods see, by their names. */
  readonly configs: Readonly<Record<string, string>>;
}

/**
 * How the processes of a revision are probed, limited, stopped and restarted: kept with it, so that what suits a
 * new version is not asked of the old one, and not part of its name.
 */
export type RevisionSettings = Pick<RunningWorkload, 'ready' | 'live' | 'stop' | 'limits' | 'restart'>;

/** Hexadecimal digits of the hash in a revision's name. */
const DIGITS = 12;

/** The template of processes whose artefact and environment have these digests. */
export function templateOf(
  workload: ProcessWorkload,
  artefactDigest: string,
  environmentDigest: string,
): ProcessTemplate {
  const { kind, command, build, from } = workload;
  return {
    kind,
    command: [...command],
    ...(build === undefined || build.length === 0 ? {} : { build: [...build] }),
    ...('live' in from ? { live: from.live } : { artefact: artefactDigest }),
    environment: environmentDigest,
  };
}

/** Files that are copied and built already, for other revisions to be made of them without a build. */
export interface BuiltArtefact extends Pick<ProcessTemplate, 'build' | 'builtAs'> {
  /** The revision whose files they are. */
  readonly revision: RevisionId;
  /** Digest of what they were built from. */
  readonly artefact: string;
}

/** The template of processes of files that are built already, in an environment with this digest. */
export function builtTemplate(
  workload: ProcessWorkload,
  built: BuiltArtefact,
  environmentDigest: string,
): ProcessTemplate {
  const { kind, command } = workload;
  const { artefact, build } = built;
  const plain = {
    kind,
    command: [...command],
    ...(build === undefined ? {} : { build: [...build] }),
    artefact,
    environment: environmentDigest,
  };
  const builtAs = builderOf(built);
  // A build may have taken something of its environment into what it made.
  return builtAs === undefined || builtAs === revisionIdOf(plain) ? plain : { ...plain, builtAs };
}

/** The files of a stored revision; undefined where there are none of its own. */
export function builtArtefactOf(revision: RevisionId, template: JsonObject): BuiltArtefact | undefined {
  if (template['kind'] !== 'process') return undefined;
  // Written by us from a validated workload.
  const { artefact, build, builtAs } = template as unknown as ProcessTemplate;
  if (artefact === undefined) return undefined;
  return {
    revision,
    artefact,
    ...(build === undefined ? {} : { build }),
    ...(builtAs === undefined ? {} : { builtAs }),
  };
}

/** True for the same files, also as those of different revisions. */
export function isSameBuilt(a: BuiltArtefact, b: BuiltArtefact): boolean {
  return a.artefact === b.artefact && builderOf(a) === builderOf(b);
}

function builderOf({ build, builtAs, revision }: BuiltArtefact): RevisionId | undefined {
  return build === undefined ? undefined : (builtAs ?? revision);
}

/** The template of containers of an image by its digest, whose environment has this one. */
export function containerTemplate(
  { kind, command, port }: ContainerWorkload,
  image: string,
  environmentDigest: string,
): ContainerTemplate {
  return {
    kind,
    image,
    ...(command === undefined ? {} : { command: [...command] }),
    ...(port === undefined ? {} : { port }),
    environment: environmentDigest,
  };
}

/** What the code of a stored template is made of, by its content; undefined for a directory that is used as it is. */
export function artefactOf(template: JsonObject): string | undefined {
  const artefact = template['kind'] === 'container' ? template['image'] : template['artefact'];
  return typeof artefact === 'string' ? artefact : undefined;
}

/** The settings a workload declares for the revision it makes. */
export function revisionSettings({ ready, live, stop, limits, restart }: RunningWorkload): RevisionSettings {
  return {
    ...(ready === undefined ? {} : { ready }),
    ...(live === undefined ? {} : { live }),
    stop,
    limits,
    restart,
  };
}

/** The name of a template: equal for equal templates, whatever the order of their fields. */
export function revisionIdOf(template: RevisionTemplate | PodsTemplate): RevisionId {
  return `r1-${digestOf({ ...template }).slice(0, DIGITS)}` as RevisionId;
}
