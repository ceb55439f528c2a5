import { FULL_SHARE, type Share } from '../../base/share.ts';
import type { ServedBy } from '../protocol.ts';

/** What choosing a part needs to know of it. */
export interface Weighted {
  readonly track: ServedBy;
  readonly weight: Share;
}

/**
 * The point in [0, 100,000) a user has in a Rollout: the same on every machine and for ever, and independent
 * between Rollouts. Two MurmurHash3 sums make 53 bits, so that every point is equally likely to 1 in 10^10.
 */
export function pointOf(rollout: string, id: string): number {
  const salt = murmur3(rollout, 0x9747b28c);
  const high = murmur3(id, salt);
  const low = murmur3(id, high ^ 0x5bd1e995);
  return pointAt((high * 0x200000 + (low >>> 11)) / 2 ** 53);
}

/** The point of a user in an experiment of a Rollout, which has nothing to do with that in another. */
export function experimentPointOf(rollout: string, experiment: string, id: string): number {
  return pointOf(`${rollout}\0${experiment}`, id);
}

/** A whole number of 32 bits for a text, independent of its point in any Rollout, and between salts. */
export function hashOf(text: string, salt = ''): number {
  return murmur3(text, murmur3(salt, 0x2545f491));
}

/** The point a fraction in [0, 1) stands for. */
export function pointAt(fraction: number): number {
  return Math.floor(fraction * FULL_SHARE);
}

/**
 * The order in which parts divide the points: candidates from the low end by name, a baseline from the high end,
 * and stable between them. A candidate's points of a small weight are also its points of a larger one, so nobody on
 * it is sent back; the same holds for a baseline.
 */
export function inPointOrder<P extends Weighted>(parts: readonly P[]): readonly P[] {
  return [...parts].sort((a, b) => rank(a.track) - rank(b.track) || (a.track < b.track ? -1 : 1));
}

/** The index of the part that owns a point; -1 when no part has any weight. Parts come in point order. */
export function partAt(parts: readonly Weighted[], point: number): number {
  let end = 0;
  for (let i = 0; i < parts.length; i += 1) {
    end += parts[i]?.weight ?? 0;
    if (point < end) return i;
  }
  return -1;
}

function rank(track: ServedBy): number {
  if (track === 'baseline') return 2;
  return track === 'stable' ? 1 : 0;
}

/** MurmurHash3, the 32-bit variant, over the bytes of a string of Latin-1 characters. */
function murmur3(text: string, seed: number): number {
  let hash = seed;
  const blocks = text.length & ~3;
  for (let i = 0; i < blocks; i += 4) {
    hash ^= scramble(fourBytes(text, i));
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  let tail = 0;
  for (let i = text.length - 1; i >= blocks; i -= 1) tail = (tail << 8) | (text.charCodeAt(i) & 0xff);
  if (blocks < text.length) hash ^= scramble(tail);
  return finish(hash ^ text.length);
}

function fourBytes(text: string, at: number): number {
  return (
    (text.charCodeAt(at) & 0xff) |
    ((text.charCodeAt(at + 1) & 0xff) << 8) |
    ((text.charCodeAt(at + 2) & 0xff) << 16) |
    ((text.charCodeAt(at + 3) & 0xff) << 24)
  );
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}

function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
