import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { buildGateway, GatewayHome, type BuiltGateway } from './gateway.ts';
import { proxyFixture, type startUpstream } from './proxy.ts';

/** A built gateway for a test file, with a home and workloads of its own for each test; all is ended after it. */
export function gatewayFixture(): { upstream: typeof startUpstream; home: () => GatewayHome } {
  const { upstream, closeAll } = proxyFixture();
  let built: BuiltGateway | undefined;
  let home: GatewayHome | undefined;
  beforeAll(async () => {
    built = await buildGateway();
  });
  afterAll(() => built?.dispose());
  beforeEach(async () => {
    if (built !== undefined) home = await GatewayHome.make(built);
  });
  afterEach(async () => {
    await closeAll();
    await home?.dispose();
  });
  return {
    upstream,
    home: () => {
      if (home === undefined) throw new Error('only within a test');
      return home;
    },
  };
}
