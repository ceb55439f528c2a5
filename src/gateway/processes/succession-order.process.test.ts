import { fork } from 'node:child_process';
import { expect, it } from 'vitest';
import { gatewayFixture } from '../../../test/gateway-fixture.ts';
import { kill } from '../../../test/gateway.ts';
import { eventually, part, route } from '../../../test/proxy.ts';
import { FULL_SHARE } from '../../base/share.ts';
import { gatewayClient } from '../client.ts';
import type { CounterDelta } from '../protocol.ts';
import type { FromSuccessor, ToSuccessor } from './estate.ts';

const { home } = gatewayFixture();

/** What a worker reports of so many requests. */
function counted(requests: number): CounterDelta {
  const { track, revision } = part('stable', FULL_SHARE, []);
  const nothing = { errors: 0, latencySumMs: 0, connectFailures: 0, active: 0, assigned: 0, latency: [] };
  return { rollout: 'shop', track, revision, requests, codes: [0, 0, requests, 0, 0, 0], ...nothing };
}

it('a successor counts what was counted as it took over, however late it reads', async () => {
  const { dir, entry } = home();
  const heir = fork(entry, ['--dir', dir, '--workers', '1', '--succeed'], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const tell = (message: ToSuccessor): boolean => heir.send(message);
  const said = new Set<string>();
  heir.on('message', ({ kind }: FromSuccessor) => said.add(kind));
  const config = { version: 1, listen: [], routes: [route([])] };
  const rest = { isSaved: true, problems: [], restarts: 0, certificates: [] };
  tell({ kind: 'estate', estate: { epoch: 'e', config, ...rest } });
  await eventually(() => said.has('ready'), 'it serves');
  kill(heir.pid ?? 0, 'SIGSTOP');
  tell({ kind: 'yours', counters: [counted(100)], paths: [] });
  heir.send({ kind: 'report', asked: false, counters: [counted(7)], paths: [], inflight: {} });
  kill(heir.pid ?? 0, 'SIGCONT');
  await eventually(() => said.has('serving'), 'it has the control socket');
  const client = gatewayClient(dir);
  home().note(await client.state());
  expect((await client.counters()).tracks).toMatchObject([{ requests: 107 }]);
});
