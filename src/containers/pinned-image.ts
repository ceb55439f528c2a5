import { Failure, messageOf } from '../base/failure.ts';
import type { ContainerWorkload } from '../rollout/model.ts';
import { EngineError } from './engine-request.ts';
import type { Engine, PullOptions } from './engine.ts';
import { parseImage, pinnedName, type ImageName } from './image-name.ts';
import { registryAuth, type RegistryAuth } from './registry-auth.ts';

/** Which image, and by which means. */
export interface PinOrder {
  readonly workload: Pick<ContainerWorkload, 'image' | 'pull'>;
  readonly engine: Engine;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

/**
 * Finds out what a name stands for now: `name@sha256:…`, or the id of an image that comes from no registry. What runs
 * later is that, wherever the tag has gone by then. Throws Failure `badArtefact` when there is no such image.
 */
export async function pinImage(order: PinOrder): Promise<string> {
  const { workload, engine, signal } = order;
  const name = parseImage(workload.image);
  const isHere = (await engine.image(workload.image, signal)) !== undefined;
  const isFetched = workload.pull === 'always' || (workload.pull === 'missing' && !isHere);
  if (isFetched) await fetchImage(name, order);
  const image = await engine.image(workload.image, signal);
  if (image !== undefined) return pinnedName(name, image.repoDigests) ?? image.id;
  throw new Failure('badArtefact', `there is no image ${workload.image} on this machine`, {
    hint: workload.pull === 'never' ? 'build it, or leave pull: never out' : 'look at the name and the tag',
  });
}

/** What `pinImage` would find, for plans: nothing is fetched. */
export async function foreseeImage(order: PinOrder): Promise<string> {
  const { workload, engine, signal } = order;
  const name = parseImage(workload.image);
  const image = await engine.image(workload.image, signal);
  if (image !== undefined && workload.pull !== 'always')
    return pinnedName(name, image.repoDigests) ?? image.id;
  if (workload.pull === 'never') return pinImage(order);
  const digest = name.digest ?? (await digestOf(name, order));
  return `${name.repository}@${digest}`;
}

async function digestOf(name: ImageName, order: PinOrder): Promise<string> {
  const { engine, workload } = order;
  const found = await atRegistry(name, order, (options) => engine.digestAtRegistry(workload.image, options));
  if (found !== undefined) return found;
  throw new Failure('badArtefact', `the registry does not say what ${workload.image} is`, {
    hint: 'apply it: then it is fetched',
  });
}

function fetchImage(name: ImageName, order: PinOrder): Promise<void> {
  const reference = name.digest ?? name.tag ?? 'latest';
  return atRegistry(name, order, (options) => order.engine.pull(name.repository, reference, options));
}

async function atRegistry<T>(
  name: ImageName,
  { workload, env, signal, onProgress }: PinOrder,
  work: (options: PullOptions) => Promise<T>,
): Promise<T> {
  const auth = await registryAuth(name.registry, env);
  try {
    return await work({
      signal,
      ...(auth.kind === 'header' ? { auth: auth.value } : {}),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
  } catch (cause) {
    if (!(cause instanceof EngineError)) throw cause;
    throw new Failure('badArtefact', `cannot get the image ${workload.image}: ${messageOf(cause)}`, {
      hint: hintOf(auth),
      cause,
    });
  }
}

function hintOf(auth: RegistryAuth): string {
  switch (auth.kind) {
    case 'header':
      return 'look at the name and the tag, and whether `docker login` is still good';
    case 'helper':
      return `the password is kept by the helper ${auth.name}, which coalmine does not ask: \`docker pull\` it first`;
    case 'none':
      return 'look at the name and the tag; where a registry wants it, `docker login` first';
  }
}
