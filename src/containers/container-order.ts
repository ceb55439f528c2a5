import { expandVariables, type Environment } from '../base/environment.ts';
import type { JsonObject } from '../base/json.ts';

/** One container of a revision, as the process that stands for it is told. Holds no secrets: it is seen in `ps`. */
export interface ContainerOrder {
  /** By digest or id. */
  readonly image: string;
  readonly command?: readonly string[];
  /** Where the program listens in the container. */
  readonly port?: number;
  /** How it is asked to end, and how long that may take. */
  readonly signal: string;
  readonly drainMs: number;
  readonly memoryBytes?: number;
}

/** Who the container is, as its labels say. */
export interface ContainerIdentity {
  readonly owner: string;
  readonly instance: string;
  readonly rollout: string;
  readonly revision: string;
  readonly copy?: string;
  /** Of 127.0.0.1, where it is reached. */
  readonly hostPort: number;
}

/** Says which installation a container belongs to. */
export const OWNER_LABEL = 'dev.coalmine.owner';
/** Says which instance of a revision it is. */
export const INSTANCE_LABEL = 'dev.coalmine.instance';

/** Variables of the container, in the environment of the process that stands for it, which they must not touch. */
const PREFIX = 'COALMINE_CONTAINER_ENV_';

/** An order as one word of an argument vector, in which nothing is replaced. */
export function encodeOrder(order: ContainerOrder): string {
  return Buffer.from(JSON.stringify(order)).toString('base64url');
}

/** What `encodeOrder` wrote. */
export function decodeOrder(word: string): ContainerOrder {
  return JSON.parse(Buffer.from(word, 'base64url').toString('utf8')) as ContainerOrder;
}

/** Variables for the container, as its process carries them. */
export function carried(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [PREFIX + name, value]));
}

/** What `carried` was given. */
export function uncarried(env: Readonly<Record<string, string | undefined>>): Environment {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      name.startsWith(PREFIX) && value !== undefined ? [[name.slice(PREFIX.length), value]] : [],
    ),
  );
}

/** The name of the container of an instance. */
export function containerName({
  rollout,
  instance,
}: Pick<ContainerIdentity, 'rollout' | 'instance'>): string {
  return `coalmine-${rollout}-${instance}`;
}

/** What the engine is asked to create. */
export function createBody(order: ContainerOrder, identity: ContainerIdentity, env: Environment): JsonObject {
  const { image, command, port, memoryBytes } = order;
  const all: Environment = port === undefined ? env : { HOST: '0.0.0.0', ...env, PORT: String(port) };
  const inside = `${port ?? 0}/tcp`;
  return {
    Image: image,
    ...(command === undefined ? {} : { Cmd: command.map((word) => expandVariables(word, all)) }),
    Env: Object.entries(all).map(([name, value]) => `${name}=${value}`),
    Labels: labelsOf(identity),
    ...(port === undefined ? {} : { ExposedPorts: { [inside]: {} } }),
    HostConfig: {
      ...(port === undefined
        ? {}
        : { PortBindings: { [inside]: [{ HostIp: '127.0.0.1', HostPort: String(identity.hostPort) }] } }),
      ...(memoryBytes === undefined ? {} : { Memory: Math.floor(memoryBytes) }),
      // Started again by us, who count how often.
      RestartPolicy: { Name: 'no' },
    },
  };
}

function labelsOf({ owner, instance, rollout, revision, copy }: ContainerIdentity): JsonObject {
  return {
    [OWNER_LABEL]: owner,
    [INSTANCE_LABEL]: instance,
    'dev.coalmine.rollout': rollout,
    'dev.coalmine.revision': revision,
    ...(copy === undefined ? {} : { 'dev.coalmine.copy': copy }),
  };
}
