import { describe, expect, it } from 'vitest';
import { push } from '../../src/operator/testing/cluster.ts';
import { LiveOperator } from './live-operator.ts';
import { sharedKubeconfig } from './shared-plane.ts';

const BRIEF = { canary: { steps: [{ replicas: 1 }, { pause: '1s' }] } };
const PAUSING = { canary: { steps: [{ replicas: 1 }, { pause: {} }] } };
/** Long enough to end on what was before, were that taken for an end. */
const A_WHILE_MS = 2_000;

describe.skipIf(sharedKubeconfig() === undefined)('coalmine wait, on a cluster', () => {
  const live = LiveOperator.forTests();
  const wait = (...more: readonly string[]) =>
    live.coalmine('wait', 'deployment/shop', '--timeout', '60s', ...more);

  it('goes by what was pushed, also before an operator has seen it', async () => {
    await live.declare(BRIEF);
    expect(await wait()).toMatchObject({ code: 0 });
    await push(live.client, live.at, 'shop:v2');
    expect(await wait()).toMatchObject({ code: 0, out: expect.stringContaining('release 1') as string });
    await live.end();
    await push(live.client, live.at, 'shop:v3');
    let isOver = false;
    const waiting = wait().finally(() => {
      isOver = true;
    });
    await new Promise((resolve) => setTimeout(resolve, A_WHILE_MS));
    expect(isOver).toBe(false);
    await live.startAgain();
    expect(await waiting).toMatchObject({
      code: 0,
      out: expect.stringMatching(/release 2 promoted/) as string,
    });
  });

  it('says at the end of its time that nobody has seen what was pushed', async () => {
    await live.declare(BRIEF);
    await live.end();
    await push(live.client, live.at, 'shop:v2');
    expect(await live.coalmine('wait', 'shop', '--timeout', '1s')).toMatchObject({
      code: 4,
      err: expect.stringContaining('the operator has not seen what shop is to run now') as string,
    });
  });

  it('ends where something else serves than the Deployment asks for, because somebody wanted it so', async () => {
    await live.declare(PAUSING);
    await push(live.client, live.at, 'shop:v2');
    await live.phaseIs('Paused');
    await live.coalmine('abort', 'shop');
    expect(await wait()).toMatchObject({ code: 3, out: expect.stringContaining('aborted') as string });
    await push(live.client, live.at, 'shop:v1');
    expect(await wait()).toMatchObject({ code: 0 });
    await push(live.client, live.at, 'shop:v3');
    await live.phaseIs('Paused');
    await live.coalmine('promote', 'shop', '--full');
    expect(await wait()).toMatchObject({ code: 0 });
    await live.coalmine('undo', 'shop');
    expect(await wait()).toMatchObject({ code: 0 });
    await live.runsOnly('shop:v1');
  });

  it('says which Deployments nobody has adopted, and what is none', async () => {
    expect(await live.coalmine('wait', 'deployment/other')).toMatchObject({
      code: 7,
      err: expect.stringContaining('adopt deployment/other') as string,
    });
    expect((await live.coalmine('wait', 'statefulset/shop')).code).toBe(2);
  });
});
