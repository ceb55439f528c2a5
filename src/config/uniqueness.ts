import type { Finding } from '../rollout/finding.ts';
import type { Rollout } from '../rollout/model.ts';
import { gatewayOf } from '../rollout/traffic.ts';

/** For each Rollout of a file, whether one before it has the same name or serves the same host and path. */
export function repeatedFindings(
  rollouts: readonly (Rollout | undefined)[],
): readonly (readonly Finding[])[] {
  const names = new Set<string>();
  const routes = new Map<string, string>();
  return rollouts.map((rollout) => {
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
    return findings;
  });
}

/** The host and path a Rollout serves, in words; equal for equal routes. */
function routeOf(rollout: Rollout): string | undefined {
  const traffic = gatewayOf(rollout.traffic);
  return traffic === undefined ? undefined : `${traffic.host ?? 'any host'}, path ${traffic.path}`;
}
