import { afterEach, expect, it } from 'vitest';
import { named, proxyFixture } from '../../../test/proxy.ts';
import { Sockets } from './sockets.ts';

const { upstream, closeAll } = proxyFixture();

afterEach(closeAll);

it('tries a taken port again and again, but looks its owner up only once in a while', async () => {
  const blocker = await upstream(named('blocker'));
  const asked: number[] = [];
  const sockets = new Sockets(new Map(), (port) => {
    asked.push(port);
    return 'blocker (pid 1)';
  });
  const wanted = [{ host: '127.0.0.1', port: blocker.port }];
  for (let i = 0; i < 10; i += 1) expect(sockets.restore(wanted, () => undefined)).toEqual([]);
  expect(asked).toEqual([blocker.port]);
  expect(sockets.problems()).toEqual([expect.stringContaining('in use by blocker (pid 1)')]);
  await blocker.close();
  expect(sockets.restore(wanted, () => undefined)).toHaveLength(1);
  expect(sockets.problems()).toEqual([]);
  sockets.keepOnly([]);
});
