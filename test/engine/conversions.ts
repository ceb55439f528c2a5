import type { Series } from '../../src/engine/status.ts';

/** What an experiment has counted after so many more users, of whom so many in one convert. */
export function metAfter(
  before: Series['met'],
  id: string,
  { users, rate }: { readonly users: number; readonly rate: number },
): NonNullable<Series['met']> {
  const known = before?.id === id ? before : { users: 0, converted: 0 };
  const all = known.users + users;
  // Of all users, so that what is rounded does not add up.
  return { id, users: all, converted: Math.round(all * rate) };
}
