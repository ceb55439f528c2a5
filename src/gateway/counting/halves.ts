import { hashOf } from '../routing/assign.ts';
import type { HalfPair } from './part-counter.ts';
import type { RequestCounter } from './request-counter.ts';
import type { Upstream } from '../routing/upstream.ts';

/** What decides a request's half where there is only one process. */
interface Request {
  /** The hash of the user's id, where users are known. */
  readonly user: number | undefined;
  /** Uniform fractions in [0, 1). */
  readonly random: () => number;
}

/** Tells which half of a part a request counts for. */
export type HalfOf = (upstream: Upstream, request: Request) => RequestCounter;

/**
 * Divides a part by chance, so that its halves differ in nothing but their processes: these are put in the order of a
 * salted hash and given to the halves in turn, in every worker alike. A single process has no other to be compared
 * with: its users are divided then, or, where they are not known, its requests.
 */
export function halvesOf({ salt, a, b }: HalfPair, upstreams: readonly Upstream[]): HalfOf {
  if (upstreams.length < 2) return (_upstream, request) => (isInA(request, salt) ? a : b);
  const rankOf = ({ endpoint }: Upstream): number => hashOf(endpoint.id, salt);
  const ordered = [...upstreams].sort((x, y) => rankOf(x) - rankOf(y));
  // Of an odd number one half gets one more: either of them, by chance.
  const first = ordered[0] === undefined ? 0 : rankOf(ordered[0]) & 1;
  const inA = new Set(ordered.filter((_, i) => i % 2 === first));
  return (upstream) => (inA.has(upstream) ? a : b);
}

function isInA({ user, random }: Request, salt: string): boolean {
  return user === undefined ? random() < 0.5 : (hashOf(String(user), salt) & 1) === 0;
}
