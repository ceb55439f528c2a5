import { signal, type ReadonlySignal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Named } from './named.ts';

/** What the address says is to be shown. */
export type Page =
  | { readonly kind: 'overview' }
  | { readonly kind: 'rollout'; readonly name: string; readonly namespace?: string }
  | { readonly kind: 'nowhere' };

/** The page that a path stands for. Pure. */
export function pageAt(path: string): Page {
  if (/^\/(?:namespaces\/[^/]+\/?)?$/.test(path)) return { kind: 'overview' };
  const [, namespace, name] = /^(?:\/namespaces\/([^/]+))?\/rollouts\/([^/]+)$/.exec(path) ?? [];
  return name === undefined ? { kind: 'nowhere' } : named(name, namespace);
}

function named(text: string, namespace: string | undefined): Page {
  try {
    const name = decodeURIComponent(text);
    return { kind: 'rollout', name, ...(namespace === undefined ? {} : { namespace }) };
  } catch {
    return { kind: 'nowhere' };
  }
}

/** The path of a Rollout's page. */
export function rolloutPath({ name, namespace }: Named): string {
  const place = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `${place}/rollouts/${encodeURIComponent(name)}`;
}

/** Where the reader is. */
export class Place {
  readonly #page = signal<Page>(pageAt(location.pathname));
  #hasMoved = false;

  constructor() {
    addEventListener('popstate', () => {
      this.#hasMoved = true;
      this.#page.value = pageAt(location.pathname);
    });
  }

  get page(): ReadonlySignal<Page> {
    return this.#page;
  }

  /** True once another page than the first was shown. */
  get hasMoved(): boolean {
    return this.#hasMoved;
  }

  /** Goes to a path of this server, without loading anything. */
  go(path: string): void {
    this.#hasMoved = true;
    history.pushState(undefined, '', path);
    this.#page.value = pageAt(location.pathname);
    scrollTo(0, 0);
  }
}

const PLACE = createContext<Place | undefined>(undefined);

/** Hands the place down to everything that is shown. */
export const PlaceProvider = PLACE.Provider;

/** Where the reader is. */
export function usePlace(): Place {
  const place = useContext(PLACE);
  if (place === undefined) throw new Error('nothing is shown outside of PlaceProvider');
  return place;
}
