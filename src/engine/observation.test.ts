import { describe, expect, it } from 'vitest';
import { FULL_SHARE, NO_SHARE } from '../base/share.ts';
import type { Match } from '../rollout/match.ts';
import type { RevisionId, Track } from '../rollout/model.ts';
import { isSameRoute, type Route, type RoutePart } from './observation.ts';

const BETA: Match = [{ header: { name: 'x-beta', exact: '1' } }];
const STAFF: Match = [{ cookie: { name: 'staff', present: true } }];
const STABLE = partOf('stable', undefined);

function partOf(track: Track, match: Match | undefined): RoutePart {
  const weight = track === 'stable' ? FULL_SHARE : NO_SHARE;
  return { track, revision: `r1-${track}` as RevisionId, weight, ...(match === undefined ? {} : { match }) };
}

describe('two routes', () => {
  const route: Route = { parts: [STABLE, partOf('canary', BETA)] };

  it('are the same in any order, when nobody is matched twice', () => {
    expect(isSameRoute(route, { parts: [partOf('canary', BETA), STABLE] })).toBe(true);
  });

  it('differ by whom they match', () => {
    expect(isSameRoute(route, { parts: [STABLE, partOf('canary', STAFF)] })).toBe(false);
    expect(isSameRoute(route, { parts: [STABLE, partOf('canary', undefined)] })).toBe(false);
  });

  it('differ by who is asked first', () => {
    const [red, green] = [partOf('variant:red', BETA), partOf('variant:green', STAFF)];
    expect(isSameRoute({ parts: [STABLE, red, green] }, { parts: [STABLE, green, red] })).toBe(false);
  });
});
