/**
 * Between half and all of a wait, so that those who failed together do not come back together; `random` is uniform in
 * [0, 1).
 */
export function jittered(ms: number, random: number): number {
  return ms * (0.5 + random / 2);
}
