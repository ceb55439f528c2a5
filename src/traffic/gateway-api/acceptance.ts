import type { ApiRoute, Condition, ParentRef, ParentStatus } from './routes.ts';

const NEEDED = ['Accepted', 'ResolvedRefs'] as const;

interface Accepted extends Pick<ApiRoute, 'metadata' | 'status'> {
  readonly spec: Pick<ApiRoute['spec'], 'parentRefs'>;
}

/** Why a route is not in force as it is written; undefined when every parent has accepted this very generation. */
export function unacceptedBecause({ metadata, spec, status }: Accepted): string | undefined {
  const { parentRefs = [] } = spec;
  if (parentRefs.length === 0) return 'it has no parent';
  for (const parent of parentRefs) {
    const told = (status?.parents ?? []).filter((one) =>
      isSameParent(one.parentRef, parent, metadata.namespace),
    );
    if (told.length === 0) return `${nameOf(parent)} has not looked at it yet`;
    for (const one of told) {
      const why = refusalOf(one, metadata.generation ?? 0);
      if (why !== undefined) return `${nameOf(parent)}: ${why}`;
    }
  }
  return undefined;
}

function refusalOf({ conditions = [] }: ParentStatus, generation: number): string | undefined {
  for (const type of NEEDED) {
    const condition = conditions.find((one) => one.type === type);
    if (condition === undefined || (condition.observedGeneration ?? 0) < generation) {
      return `it has not said ${type} of this generation yet`;
    }
    if (condition.status !== 'True') return wordsOf(condition);
  }
  return undefined;
}

function wordsOf({ type, reason = 'no reason given', message }: Condition): string {
  return `not ${type}: ${reason}${message === undefined ? '' : `, ${message}`}`;
}

function nameOf({ kind = 'Gateway', name, sectionName }: ParentRef): string {
  return `${kind} ${name}${sectionName === undefined ? '' : `/${sectionName}`}`;
}

const GATEWAYS = { group: 'gateway.networking.k8s.io', kind: 'Gateway' } as const;

function isSameParent(a: ParentRef, b: ParentRef, namespace = ''): boolean {
  const [one, other] = [
    { ...GATEWAYS, namespace, ...a },
    { ...GATEWAYS, namespace, ...b },
  ];
  const keys = ['group', 'kind', 'namespace', 'name', 'sectionName', 'port'] as const;
  return keys.every((key) => one[key] === other[key]);
}
