import type { KubeObject, Metadata } from './object.ts';
import { resource } from './resource.ts';

/** Who does the work that only one may do. */
export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

/** What a lease says. Its times are for people: nobody's clock is compared with another's. */
export interface LeaseSpec {
  /** Empty: nobody. */
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  /** How often it has changed hands. */
  readonly leaseTransitions?: number;
}

/** Leases. */
export const LEASES = resource<Lease>('coordination.k8s.io/v1', 'Lease', { plural: 'leases' });

/** Which lease, and what it is labelled with where it is made. */
export type LeaseKey = Pick<Metadata, 'namespace' | 'name' | 'labels'>;

/** What somebody wants to write into a lease. */
export interface Claim {
  readonly key: LeaseKey;
  readonly identity: string;
  readonly leaseMs: number;
  /** Wall clock, milliseconds. */
  readonly at: number;
}

/** The lease as it is once the claimant holds it; what is there is bound to its version. */
export function heldLease(found: Lease | undefined, { key, identity, leaseMs, at }: Claim): Lease {
  const now = microTime(at);
  const before = found?.spec ?? {};
  const isOurs = before.holderIdentity === identity;
  return {
    ...found,
    metadata: found?.metadata ?? key,
    spec: {
      ...before,
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseMs / 1_000),
      renewTime: now,
      acquireTime: isOurs ? (before.acquireTime ?? now) : now,
      leaseTransitions: (before.leaseTransitions ?? 0) + (isOurs || found === undefined ? 0 : 1),
    },
  };
}

/** The lease given back: the next may have it at once. */
export function releasedLease(found: Lease, at: number): Lease {
  const spec = { ...found.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(at) };
  return { ...found, spec };
}

/** A moment as Kubernetes writes those that need to be exact. */
export function microTime(at: number): string {
  return new Date(at).toISOString().replace('Z', '000Z');
}
