import { logNormalLatency } from '../../analysis/power/traffic.ts';
import type { RevisionId, Rollout } from '../../rollout/model.ts';
import { resolveRollout } from '../../rollout/resolve/rollout.ts';
import { USUAL_CIRCUMSTANCES } from '../scenario/circumstances.ts';
import type { Act, Scenario, Subject, Version } from '../scenario/model.ts';

export const V1 = 'v1' as RevisionId;
export const V2 = 'v2' as RevisionId;

/** A web service with two steps and two checks. */
export function aWebService(analysis: Readonly<Record<string, string>> = {}): Rollout {
  return resolveRollout({
    metadata: { name: 'shop' },
    spec: {
      workload: { process: { from: '.', command: ['node'], replicas: 3, ready: { http: '/' } } },
      traffic: { gateway: {} },
      strategy: {
        canary: {
          steps: [
            { weight: '10%' },
            { analyze: { atLeast: '30s', atMost: '3m' } },
            { weight: '50%' },
            { analyze: { atLeast: '30s', atMost: '3m' } },
          ],
        },
      },
      analysis: {
        warmUp: '5s',
        ...analysis,
        checks: [
          { name: 'errors', errors: {}, worseBy: '50%', safe: '2x', floor: '0.5%' },
          { name: 'latency', latency: {}, worseBy: '10%' },
        ],
      },
    },
  });
}

const LATENCY = logNormalLatency(80, 300);

/** A version as good as any. */
export function aVersion(differences: Partial<Version> = {}): Version {
  return {
    name: V1,
    errorRatio: 0.001,
    latency: LATENCY,
    startUpMs: 2_000,
    conversionRatio: 0.05,
    ...differences,
  };
}

export const RELEASE: Act = { atMs: 60_000, kind: 'release', version: V2 };

/** A release of a second version after a minute, at 200 requests a second. */
export function aScenario(
  candidate: Partial<Version> = {},
  differences: Partial<Subject> = {},
  options: Partial<Scenario> = {},
): Scenario {
  const subject: Subject = {
    rollout: aWebService(),
    load: { shape: { kind: 'constant', perSecond: 200 }, bursts: [] },
    versions: [aVersion(), aVersion({ name: V2, ...candidate })],
    faults: [],
    outages: [],
    ...USUAL_CIRCUMSTANCES,
    acts: [RELEASE],
    ...differences,
  };
  return { seed: 1, lookEveryMs: 1_000, subjects: [subject], notes: [], ...options };
}
