/** A ReplicaSet among those of one Deployment, as its controller sizes them. */
export interface SizedSet {
  readonly name: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** What the controller of a paused Deployment keeps to. */
export interface Bounds {
  /** How many pods are wanted. */
  readonly replicas: number;
  /** How many more there may be. */
  readonly surge: number;
  /** How many may be missing. */
  readonly unavailable: number;
}

/**
 * What the Deployment controller makes of the sizes of the ReplicaSets of a paused Deployment: one that is alone gets
 * all replicas; several have replicas and surge together, and what is too much or too little of that is taken from or
 * given to the largest; of equal ones the older gives and the newer gets. (`scale` in pkg/controller/deployment/sync.go
 * of Kubernetes, once its annotations say what the sets were sized for.)
 */
export function settled<T extends SizedSet>(sets: readonly T[], { replicas, surge }: Bounds): readonly T[] {
  const active = sets.filter(({ size }) => size > 0);
  const [first, second] = active;
  if (first === undefined) return sets;
  if (second === undefined) return resized(sets, first.name, replicas);
  const total = active.reduce((sum, { size }) => sum + size, 0);
  const missing = (replicas === 0 ? 0 : replicas + surge) - total;
  if (missing === 0) return sets;
  const largest = [...active].sort((a, b) => b.size - a.size || (missing > 0 ? newer(a, b) : newer(b, a)))[0];
  return largest === undefined ? sets : resized(sets, largest.name, Math.max(0, largest.size + missing));
}

/** The sets with another size for one of them. */
export function resized<T extends SizedSet>(sets: readonly T[], name: string, size: number): readonly T[] {
  return sets.map((set) => (set.name === name ? { ...set, size } : set));
}

/** True when the controller takes the other first where both are equally large. */
export function isNewer(set: SizedSet, other: SizedSet): boolean {
  return newer(set, other) < 0;
}

/** Sorts the newer first. */
function newer(a: SizedSet, b: SizedSet): number {
  return b.createdAt - a.createdAt || (a.name < b.name ? 1 : -1);
}
