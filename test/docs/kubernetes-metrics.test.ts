import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { GATEWAY_IMPLEMENTATIONS, type ClusterTraffic } from '../../src/rollout/cluster-traffic.ts';
import { countersOf } from '../../src/rollout/router-counters.ts';

const GUIDE = readFileSync(
  fileURLToPath(new URL('../../docs/guides/kubernetes-metrics.md', import.meta.url)),
  'utf8',
).replaceAll('\\|', '|');

const routes = ['HTTPRoute', 'GRPCRoute'] as const;
const ROUTERS: readonly ClusterTraffic[] = [
  { kind: 'istio', virtualService: 'shop' },
  { kind: 'istio', virtualService: 'shop', destinationRule: 'shop' },
  { kind: 'nginxIngress', ingress: 'shop' },
  ...GATEWAY_IMPLEMENTATIONS.flatMap((implementation) =>
    routes.map((route) => ({ kind: 'gatewayAPI', route, name: 'shop', implementation }) as const),
  ),
];

it.each(ROUTERS.map((traffic) => [JSON.stringify(traffic), traffic] as const))(
  'the guide shows what is asked of %s',
  (_, traffic) => {
    const counters = countersOf(traffic);
    if ('reason' in counters) return;
    for (const { bad, latency } of [counters.candidate, counters.stable]) {
      expect(GUIDE).toContain(`\`${bad}\``);
      expect(GUIDE).toContain(`\`${latency.slice(0, latency.indexOf('{'))}\``);
    }
  },
);
