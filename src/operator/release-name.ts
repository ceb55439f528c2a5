/** The object of a release. */
export function releaseName(rollout: string, number: number): string {
  return `${rollout}-${number}`;
}
