/** A part of a whole in thousandths of a percent: 0 to 100,000. Integers, so that shares add up exactly. */
export type Share = number & { readonly __unit: 'share' };

/** All of it: 100 %. */
export const FULL_SHARE = 100_000 as Share;

/** None of it. */
export const NO_SHARE = 0 as Share;

/** What a written share looks like: `5%`, `0.5%`, at most three decimals. */
export const SHARE_PATTERN = '^\\d{1,3}(\\.\\d{1,3})?%$';

/** Reads `5%` or `0.125%`; undefined when `text` is not a share between 0 % and 100 %. */
export function parseShare(text: string): Share | undefined {
  if (!new RegExp(SHARE_PATTERN).test(text)) return undefined;
  return shareOf(Number(text.slice(0, -1)) / 100);
}

/** The share nearest to a fraction between 0 and 1; undefined outside it. */
export function shareOf(fraction: number): Share | undefined {
  const units = Math.round(fraction * FULL_SHARE);
  return units >= 0 && units <= FULL_SHARE ? (units as Share) : undefined;
}

/** What is left of the whole. */
export function restOf(share: Share): Share {
  return (FULL_SHARE - share) as Share;
}

/** The share as a fraction between 0 and 1. */
export function fractionOf(share: Share): number {
  return share / FULL_SHARE;
}

/** Writes a share as `5%` or `0.125%`. */
export function formatShare(share: Share): string {
  return `${String(share / 1_000)}%`;
}

/** How many of `count` whole things the share asks for, rounded up; 0 only for no share. */
export function countFor(share: Share, count: number): number {
  return Math.ceil((share * count) / FULL_SHARE);
}

/** The largest share that asks for no more than `count` of `whole` things. */
export function shareFor(count: number, whole: number): Share {
  return Math.floor((count * FULL_SHARE) / whole) as Share;
}
