/** An image's name taken apart. */
export interface ImageName {
  /** As `DOCKER_CONFIG` names it. */
  readonly registry: string;
  /** With the registry, as written. */
  readonly repository: string;
  readonly tag?: string;
  /** As in `sha256:…`. */
  readonly digest?: string;
}

const HUB = 'https://index.docker.io/v1/';

/** Takes a valid name apart; the tag is `latest` when nothing is said. */
export function parseImage(name: string): ImageName {
  const [left = '', digest] = name.split('@');
  const colon = left.indexOf(':', left.lastIndexOf('/') + 1);
  const repository = colon < 0 ? left : left.slice(0, colon);
  const tag = colon < 0 ? undefined : left.slice(colon + 1);
  return {
    registry: registryOf(repository),
    repository,
    ...(digest === undefined ? { tag: tag ?? 'latest' } : { digest }),
  };
}

function registryOf(repository: string): string {
  const [first = '', ...rest] = repository.split('/');
  const isNamed = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isNamed && first !== 'docker.io' ? first : HUB;
}

/** The digest under which an engine knows an image of this repository, as in `shop@sha256:…`. */
export function pinnedName({ repository }: ImageName, repoDigests: readonly string[]): string | undefined {
  const own = familiar(repository);
  const found = repoDigests.find((one) => familiar(one.split('@')[0] ?? '') === own);
  const digest = found?.split('@')[1];
  return digest === undefined ? undefined : `${repository}@${digest}`;
}

/** Docker's own registry may be left out of a name, and Podman writes it in. */
function familiar(repository: string): string {
  return repository.replace(/^docker\.io\//, '').replace(/^library\//, '');
}
