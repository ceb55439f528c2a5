import { FULL_SHARE } from '../base/share.ts';
import type { Plan } from './plan.ts';

/** Recreate: the old version stops before the new one starts, for programs of which only one may run. */
export function compileRecreate(): Plan {
  const all = { share: FULL_SHARE };
  return {
    steps: [
      {
        title: 'stop the old version',
        size: {},
        weights: {},
        wait: { kind: 'none' },
        exclusive: true,
        promoting: false,
      },
      {
        title: 'start the new version',
        size: { canary: all },
        weights: { canary: FULL_SHARE },
        wait: { kind: 'none' },
        exclusive: false,
        promoting: false,
      },
    ],
    notes: [
      'gap: nobody serves from the moment the old version stops until the new one is ready; requests in between are answered 503',
    ],
  };
}
