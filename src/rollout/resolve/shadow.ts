import { COMPARED_METHODS } from '../answer-comparison.ts';
import { DEFAULTS } from '../defaults.ts';
import { NO_SHARE } from '../../base/share.ts';
import type { CanaryStrategy, ShadowStrategy } from '../model.ts';
import { field, item, LONG, readDuration, readShare, tell, type Place } from '../place.ts';
import { resolveComparison } from './comparison.ts';
import type { RolloutSpec } from '../schema/document.ts';

type Written = NonNullable<RolloutSpec['strategy']['shadow']>;
type WrittenCanary = NonNullable<RolloutSpec['strategy']['canary']>;

/** Methods whose requests can be sent once more; the others open tunnels or show what proxies add. */
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** `spec.strategy.shadow` with its defaults; `resolveCanary` reads what follows. */
export function resolveShadow(
  written: Written,
  place: Place,
  resolveCanary: (written: WrittenCanary, place: Place) => CanaryStrategy,
): ShadowStrategy {
  const share = readShare(field(place, 'share'), written.share);
  if (share === NO_SHARE) tell(field(place, 'share'), `${written.share} copies nothing`, 'a share above 0%');
  const methods = written.methods ?? DEFAULTS.mirror.methods;
  methods.forEach((method, i) => {
    refuseMethod(method, item(field(place, 'methods'), i));
  });
  const { requests, atMost } = { ...DEFAULTS.shadow.until, ...written.until };
  const until = field(place, 'until');
  const canary = written.then?.canary;
  const compare = written.compare && resolveComparison(written.compare, field(place, 'compare'));
  if (compare !== undefined && !methods.some((method) => COMPARED_METHODS.includes(method))) {
    tell(field(place, 'methods'), 'answers to none of these are compared', 'add GET or HEAD');
  }
  return {
    kind: 'shadow',
    share,
    methods,
    until: {
      ...(requests === undefined ? {} : { requests }),
      atMostMs: readDuration(field(until, 'atMost'), atMost, LONG),
    },
    ...(compare === undefined ? {} : { compare }),
    ...(canary === undefined ? {} : { then: resolveCanary(canary, field(field(place, 'then'), 'canary')) }),
  };
}

function refuseMethod(method: string, place: Place): void {
  if (METHODS.includes(method)) return;
  const upper = method.toUpperCase();
  const hint = METHODS.includes(upper) ? `did you mean ${upper}?` : `one of ${METHODS.join(', ')}`;
  tell(place, `${method} is no method whose requests are copied`, hint);
}
