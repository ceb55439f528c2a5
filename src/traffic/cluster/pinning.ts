import { armsOf } from './division.ts';
import { annotated } from './record.ts';
import { everyonesSelector, selectorOf, type Service } from './services.ts';
import type { Wanted } from './steering.ts';

/** The user's Service, so that it selects whoever gets all requests; all versions when several do, or nobody does. */
export function pinned(current: Service, { route, hashes }: Wanted): Service {
  const targets = armsOf(route).at(-1)?.targets ?? [];
  const [only] = targets;
  // While nobody serves, whoever served last is still selected: there is nothing else to send requests to.
  if (only === undefined) return current;
  const hash = targets.length === 1 ? hashes.get(only.side) : undefined;
  return withSelector(current, hash === undefined ? everyonesSelector(current) : selectorOf(current, hash));
}

/** The user's Service, so that it selects stable while others get a part of the requests by another way. */
export function pinnedToFirst(current: Service, { route, hashes }: Wanted): Service {
  const [first] = armsOf(route).at(-1)?.targets ?? [];
  const hash = first === undefined ? undefined : hashes.get(first.side);
  return hash === undefined ? current : withSelector(current, selectorOf(current, hash));
}

/** The user's Service as it was. */
export function unpinned(current: Service): Service {
  return annotated(withSelector(current, everyonesSelector(current)), { route: undefined });
}

function withSelector(current: Service, selector: Readonly<Record<string, string>>): Service {
  return { ...current, spec: { ...current.spec, selector } };
}
