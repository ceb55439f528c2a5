/** True for pages that an operator serves, in place of the coalmine of a machine: its page says so. */
export function isOfCluster(): boolean {
  return document.querySelector('meta[name="coalmine-served-by"]')?.getAttribute('content') === 'cluster';
}
