const KEY = 'coalmine-namespaces';

/** Which Rollouts are looked at: all there are, those of some namespaces, or none until some are named. */
export type Scope =
  | { readonly kind: 'all' }
  | { readonly kind: 'some'; readonly namespaces: readonly string[] }
  | { readonly kind: 'unnamed' };

/** The namespaces that a path names: several for an overview, one for the page of a Rollout. Pure. */
export function namespacesAt(path: string): readonly string[] {
  const [, text = ''] = /^\/namespaces\/([^/]+)/.exec(path) ?? [];
  return namespacesIn(text);
}

/** The namespaces in what somebody wrote, each once. Pure. */
export function namespacesIn(text: string): readonly string[] {
  return [...new Set(text.split(/[\s,]+/).filter((one) => /^[a-z0-9-]{1,63}$/.test(one)))];
}

/**
 * What is looked at by somebody who may see all Rollouts, or not: what an address names counts, then what was named before.
 * The page of one Rollout adds its namespace. Pure.
 */
export function scopeFor(path: string, seesAll: boolean, named: readonly string[]): Scope {
  const here = namespacesAt(path);
  const isOfOne = path.includes('/rollouts/');
  if (seesAll) return here.length === 0 || isOfOne ? { kind: 'all' } : { kind: 'some', namespaces: here };
  const namespaces = isOfOne ? [...new Set([...named, ...here])] : here.length > 0 ? here : named;
  return namespaces.length === 0 ? { kind: 'unnamed' } : { kind: 'some', namespaces };
}

/** The namespaces that this browser was told of. */
export function rememberedNamespaces(): readonly string[] {
  try {
    return namespacesIn(localStorage.getItem(KEY) ?? '');
  } catch {
    return [];
  }
}

/** Keeps them where the browser lets it. */
export function rememberNamespaces(namespaces: readonly string[]): void {
  try {
    localStorage.setItem(KEY, namespaces.join(','));
  } catch {
    // A browser that keeps nothing is told again.
  }
}
