import type { Manifest } from '../../src/operator/manifest.ts';
import type { Passed } from './fault-proxy.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const WRITES: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** What a request takes, as in `patch apps/deployments`; undefined for what is no request for an object. */
export function permissionFor({ method, path }: Passed): string | undefined {
  const { pathname, searchParams } = new URL(path, 'http://localhost');
  const found =
    /^\/(?:api|apis\/([^/]+))\/v[^/]+\/(?:namespaces\/[^/]+\/)?([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
      pathname,
    );
  const [, group = '', resource, name, subresource] = found ?? [];
  if (resource === undefined) return undefined;
  const reads = searchParams.get('watch') === 'true' ? 'watch' : name === undefined ? 'list' : 'get';
  const verb = WRITES[method] ?? reads;
  return `${verb} ${group}/${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** All that the roles of an operator allow; those for people are for people. */
export function permissionsIn(objects: readonly Manifest[]): ReadonlySet<string> {
  const roles = objects.filter(
    ({ kind, metadata }) => /Role$/.test(kind) && !/-(view|edit)$/.test(metadata.name),
  );
  const rules = roles.flatMap((role) => role['rules'] as unknown as readonly Rule[]);
  const all = rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((of) => verbs.map((verb) => `${verb} ${group}/${of}`))),
  );
  return new Set(all);
}
