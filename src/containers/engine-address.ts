import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../base/failure.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The socket of the container engine: `DOCKER_HOST` or `CONTAINER_HOST` where one is set, else the first of the usual
 * places that is there. Undefined when there is none; throws Failure `usage` for an address that is no socket.
 */
export async function engineSocket(env: Variables): Promise<string | undefined> {
  const named = env['DOCKER_HOST'] ?? env['CONTAINER_HOST'];
  if (named !== undefined && named !== '') return socketOf(named);
  for (const path of usualSockets(env)) if (await isSocket(path)) return path;
  return undefined;
}

function socketOf(address: string): string {
  const path = /^unix:\/\/(\/.+)$/.exec(address)?.[1];
  if (path !== undefined) return path;
  throw new Failure('usage', `DOCKER_HOST is ${address}, which is not a socket of this machine`, {
    hint: 'set it to unix:///path/to/docker.sock: the gateway sends requests to containers on 127.0.0.1',
  });
}

/** Docker's, then Docker's without root, then Podman's without root, then Podman's. */
export function usualSockets(env: Variables): readonly string[] {
  const { XDG_RUNTIME_DIR: runtime, HOME: home } = env;
  return [
    '/var/run/docker.sock',
    ...(runtime === undefined ? [] : [join(runtime, 'docker.sock'), join(runtime, 'podman/podman.sock')]),
    ...(home === undefined ? [] : [join(home, '.docker/run/docker.sock')]),
    '/run/podman/podman.sock',
  ];
}

async function isSocket(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isSocket(),
    () => false,
  );
}
