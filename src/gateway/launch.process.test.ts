import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatewayFixture } from '../../test/gateway-fixture.ts';
import { failureOf, isAlive, kill } from '../../test/gateway.ts';
import { eventually } from '../../test/proxy.ts';
import { ensureGateway } from './launch.ts';

const { home } = gatewayFixture();

describe('finding or starting a gateway', () => {
  it('starts one, then finds it', async () => {
    const first = await home().gateway();
    const second = await home().gateway();
    expect([first.started, second.started]).toEqual([true, false]);
    expect(second.state.pid).toBe(first.state.pid);
    expect((await stat(join(home().dir, 'control.sock'))).mode & 0o777).toBe(0o600);
  });

  it('starts one, however many ask at once', async () => {
    const launched = await Promise.all(Array.from({ length: 5 }, () => home().gateway()));
    expect(new Set(launched.map(({ state }) => state.pid)).size).toBe(1);
    expect(launched.filter(({ started }) => started)).toHaveLength(1);
  });

  it('starts one over the socket a killed one left behind', async () => {
    const first = await home().gateway();
    kill(first.state.pid);
    await eventually(() => !isAlive(first.state.pid), 'it is dead');
    const launched = await Promise.all(Array.from({ length: 4 }, () => home().gateway()));
    expect(new Set(launched.map(({ state }) => state.pid)).size).toBe(1);
    expect(launched[0]?.state.pid).not.toBe(first.state.pid);
  });

  it('says where its program is missing', async () => {
    const failure = await failureOf(
      ensureGateway({ dir: home().dir, entry: join(home().dir, 'nothing.js') }),
    );
    expect(failure.code).toBe('unreachable');
    expect(failure.message).toContain('nothing.js');
  });

  it('waits for one that something else starts, and starts none itself', async () => {
    const waiting = ensureGateway({ dir: home().dir });
    const { state } = await home().gateway();
    expect(await waiting).toMatchObject({ started: false, state: { pid: state.pid } });
  });

  it('refuses a directory whose path a socket cannot have', async () => {
    const failure = await failureOf(
      ensureGateway({ dir: join(home().dir, 'x'.repeat(100)), entry: home().entry }),
    );
    expect(failure).toMatchObject({ code: 'usage' });
  });

  it('takes its socket back when somebody removed it', async () => {
    const { state, client } = await home().gateway();
    await rm(join(home().dir, 'control.sock'));
    await eventually(async () => {
      return client.state().then(
        ({ pid }) => pid === state.pid,
        () => false,
      );
    }, 'it answers again');
  });
});
