import { argo } from './argo.ts';
import { coalmine, GUIDE, STRICT } from './coalmine.ts';
import type { Tool } from './decider.ts';
import { flagger } from './flagger.ts';
import { kayenta } from './kayenta.ts';

const FLAGGER = { window: 6, minSuccessPercent: 99, maxP99Ms: 500 } as const;
const OURS = { analysis: STRICT, control: 'stable', everySeconds: 1 } as const;

/** The tools that are compared, each as documented and as somebody would set it who wants to be fast. */
export const TOOLS: readonly Tool[] = [
  coalmine('coalmine', OURS),
  { ...coalmine('coalmine-10s', { ...OURS, everySeconds: 10 }), isSampled: true },
  { ...coalmine('coalmine-guide', { ...OURS, analysis: GUIDE }), isSampled: true },
  flagger('flagger', { ...FLAGGER, intervalSeconds: 60, threshold: 10, checksToPromote: 10 }),
  flagger('flagger-5', { ...FLAGGER, intervalSeconds: 60, threshold: 5, checksToPromote: 10 }),
  flagger('flagger-fast', { ...FLAGGER, intervalSeconds: 10, threshold: 1, checksToPromote: Infinity }),
  argo('argo', { intervalSeconds: 300, window: 1, minSuccess: 0.95, failureLimit: 3 }),
  argo('argo-99', { intervalSeconds: 60, window: 6, minSuccess: 0.99, maxP99Ms: 500, failureLimit: 3 }),
  argo('argo-fast', { intervalSeconds: 10, window: 3, minSuccess: 0.98, maxP99Ms: 500, failureLimit: 0 }),
  kayenta('kay-crit', { step: 60, everySeconds: 600, scoring: 'critical', allowedIncrease: 1 }),
  kayenta('kay-grp', { step: 60, everySeconds: 600, scoring: 'groups', allowedIncrease: 1 }),
  kayenta('kay-tuned', { step: 60, everySeconds: 600, scoring: 'critical', allowedIncrease: 1.25 }),
  kayenta('kay-1m', { step: 60, everySeconds: 60, scoring: 'critical', allowedIncrease: 1 }),
  kayenta('kay-fast', { step: 10, everySeconds: 60, scoring: 'critical', allowedIncrease: 1 }),
];

/** The form of each rival that its documentation shows. */
export const DEFAULTS = { flagger: 'flagger', argo: 'argo', kayenta: 'kay-crit' } as const;
