import type { Finding } from '../rollout/finding.ts';
import type { Rollout } from '../rollout/model.ts';
import type { Examined } from './read.ts';
import { located } from './positions.ts';

/** Reports Rollouts of one file that have the same name or serve the same host and path. */
export function repeatedFindings(examined: readonly Examined[]): readonly Finding[] {
  const names = new Set<string>();
  const routes = new Map<string, string>();
  return examined.flatMap(({ rollout, source }) => {
    if (rollout === undefined) return [];
    const findings: Finding[] = [];
    if (names.has(rollout.name)) {
      const reason = `another Rollout of this file is named ${rollout.name}`;
      findings.push({ path: 'metadata.name', reason, hint: 'give each a name of its own' });
    }
    names.add(rollout.name);
    const route = routeOf(rollout);
    const owner = route === undefined ? undefined : routes.get(route);
    if (owner !== undefined) {
      const reason = `${owner} of this file already serves ${route ?? ''}`;
      findings.push({ path: 'spec.traffic.gateway', reason, hint: 'give one of them another host or path' });
    } else if (route !== undefined) routes.set(route, rollout.name);
    return findings.map((one) => located(one, source));
  });
}

/** The host and path a Rollout serves, in words; equal for equal routes. */
function routeOf({ traffic }: Rollout): string | undefined {
  return traffic === undefined ? undefined : `${traffic.host ?? 'any host'}, path ${traffic.path}`;
}
