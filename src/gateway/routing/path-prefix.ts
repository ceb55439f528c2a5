/** True when `prefix` covers `path` in whole segments: `/shop` covers `/shop/cart` and `/shop?x`, not `/shopping`. */
export function hasPathPrefix(path: string, prefix: string): boolean {
  if (prefix === '/') return true;
  if (!path.startsWith(prefix)) return false;
  const next = path[prefix.length];
  return next === undefined || next === '/' || next === '?';
}
