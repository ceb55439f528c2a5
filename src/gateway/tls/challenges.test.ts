import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  named,
  route,
  send,
  startProxy,
  startUpstream,
  type Started,
  type StartedProxy,
} from '../../../test/proxy.ts';
import { Challenges } from './challenges.ts';

const challenges = new Challenges();
const PLACE = '/.well-known/acme-challenge/';
let upstream: Started;
let proxy: StartedProxy;

beforeAll(async () => {
  const started = await startUpstream(named('workload'));
  upstream = started;
  const routes = [route([started.endpoint], { withoutTls: 'redirect' })];
  proxy = await startProxy(routes, {}, { challenges, securePort: () => 443 });
});
afterAll(async () => {
  await proxy.close();
  await upstream.close();
});

function ask(path: string, host = 'shop.test') {
  return send(proxy.port, { path, headers: { host } });
}

describe('the challenge of an authority', () => {
  it('is answered over plain HTTP, before any route and redirect, for its host alone', async () => {
    challenges.replace([{ host: 'shop.test', token: 'abc', answer: 'abc.def' }]);
    expect(await ask(`${PLACE}abc`)).toMatchObject({ status: 200, body: 'abc.def' });
    expect(await ask(`${PLACE}abc`, 'SHOP.test:80')).toMatchObject({ status: 200, body: 'abc.def' });
    for (const [path, host] of [
      [`${PLACE}abc`, 'other.test'],
      [`${PLACE}abcd`, 'shop.test'],
      [`${PLACE}ab`, 'shop.test'],
      ['/abc', 'shop.test'],
    ] as const)
      expect(await ask(path, host)).toMatchObject({ status: 308 });
  });

  it('is the route’s again once it is over', async () => {
    challenges.replace([{ host: 'shop.test', token: 'abc', answer: 'abc.def' }]);
    challenges.replace(undefined);
    expect(await ask(`${PLACE}abc`)).toMatchObject({ status: 308 });
  });
});
