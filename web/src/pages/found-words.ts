import { counted } from '../../../src/client/browser.ts';
import type { Search } from '../live/overview.ts';

const NONE_HERE = 'No Rollouts yet: `coalmine init` and `coalmine apply` declare one.';
const NONE_IN_CLUSTER = 'No Rollouts yet: `coalmine adopt deployment/NAME` makes one of a Deployment.';

/** What was found among all Rollouts. */
export interface Found {
  readonly shown: number;
  readonly all: number;
  readonly search: Search;
  readonly isOfCluster: boolean;
}

/** How many Rollouts are shown, how many are hidden, and by what. Pure. */
export function foundWords({ shown, all, search, isOfCluster }: Found): string {
  if (all === 0) return isOfCluster ? NONE_IN_CLUSTER : NONE_HERE;
  const hidden = all - shown;
  if (hidden === 0) return `${counted(all, 'Rollout')}; what needs somebody comes first.`;
  const which = `${shown === 0 ? 'None' : shown} of ${counted(all, 'Rollout')}`;
  return `${which}; ${hidden} ${hidden === 1 ? 'is' : 'are'} hidden by ${hidersIn(search)}.`;
}

function hidersIn(search: Search): string {
  const all = HIDERS.flatMap(([key, words]) => (search[key].trim() === '' ? [] : [words]));
  const last = all.at(-1) ?? '';
  return all.length < 2 ? last : `${all.slice(0, -1).join(', ')} and ${last}`;
}

const HIDERS: readonly (readonly [keyof Search, string])[] = [
  ['text', 'the search'],
  ['phase', 'the phase'],
  ['namespace', 'the namespace'],
  ['cluster', 'the cluster'],
];
