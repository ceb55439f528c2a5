import { describe, expect, it } from 'vitest';
import { examineRollout } from './rollout.ts';
import type { Traffic } from '../traffic.ts';

function trafficOf(traffic: unknown): Traffic | undefined {
  const { rollout, findings } = examineRollout(
    {
      apiVersion: 'coalmine.dev/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'shop' },
      spec: { workload: { deployment: { name: 'shop' } }, traffic, strategy: { blueGreen: {} } },
    },
    'operator',
  );
  expect(findings).toEqual([]);
  return rollout?.traffic;
}

describe('traffic of a cluster', () => {
  it('is of a Service', () => {
    expect(trafficOf({ service: { name: 'shop' } })).toEqual({ kind: 'service', name: 'shop' });
  });

  it('is of an HTTPRoute or a GRPCRoute, all of its rules or some', () => {
    expect(trafficOf({ gatewayAPI: { httpRoute: { name: 'shop' } } })).toEqual({
      kind: 'gatewayAPI',
      route: 'HTTPRoute',
      name: 'shop',
    });
    const grpcRoute = { name: 'shop', rules: ['cart'] };
    expect(trafficOf({ gatewayAPI: { grpcRoute, implementation: 'contour', service: 'cart' } })).toEqual({
      kind: 'gatewayAPI',
      route: 'GRPCRoute',
      name: 'shop',
      rules: ['cart'],
      implementation: 'contour',
      service: 'cart',
    });
  });

  it('is of a VirtualService, with subsets or without', () => {
    const written = {
      virtualService: { name: 'shop', routes: ['primary'] },
      destinationRule: { name: 'shop' },
      sticky: { cookie: 'auto' },
    };
    expect(trafficOf({ istio: written })).toEqual({
      kind: 'istio',
      virtualService: 'shop',
      routes: ['primary'],
      destinationRule: 'shop',
      sticky: { cookie: 'coalmine-shop' },
    });
  });

  it('is of an Ingress of nginx', () => {
    expect(trafficOf({ nginxIngress: { ingress: 'shop' } })).toEqual({
      kind: 'nginxIngress',
      ingress: 'shop',
    });
  });
});
