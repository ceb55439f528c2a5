import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { push } from '../../src/operator/testing/cluster.ts';
import { CONFIGS } from '../../src/workloads/deployment/objects.ts';
import { LiveOperator, soon } from './live-operator.ts';
import { sharedKubeconfig } from './shared-plane.ts';

const BRIEF = { canary: { steps: [{ replicas: 1 }, { pause: '1s' }] } };

interface Told {
  readonly key: string;
  readonly moment: string;
  readonly release: number;
  readonly namespace: string;
}

describe.skipIf(sharedKubeconfig() === undefined)('listeners of a Rollout in a cluster', () => {
  const live = LiveOperator.forTests();
  let server: Server;
  let url = '';
  let told: Told[] = [];
  let status = 204;
  let noticed: () => void = () => undefined;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
      request.on('end', () => {
        told.push(JSON.parse(body) as Told);
        response.writeHead(status).end();
        noticed();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-part`;
  });
  beforeEach(async () => {
    [told, status] = [[], 204];
    const data = { url: Buffer.from(url).toString('base64') };
    const metadata = { namespace: live.namespace, name: 'team' };
    await live.client.create(CONFIGS.Secret, { metadata, data }, soon());
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  async function declare(): Promise<void> {
    const webhook = { urlFrom: { secret: 'team/url' } };
    await live.declare(BRIEF, { notify: [{ name: 'team', on: ['started', 'promoted'], webhook }] });
  }

  /** Waits until so many requests have come. */
  async function heard(count: number): Promise<readonly string[]> {
    while (told.length < count) {
      await new Promise<void>((resolve) => {
        noticed = resolve;
      });
    }
    return told.map(({ release, moment, namespace }) => `${namespace} ${release} ${moment}`);
  }

  it('hear of a release once, at an address that a Secret of the namespace keeps', async () => {
    await declare();
    await push(live.client, live.at, 'shop:v2');
    expect(await live.outcomeOf(1)).toBe('promoted');
    const { namespace } = live;
    expect(await heard(2)).toEqual([`${namespace} 1 started`, `${namespace} 1 promoted`]);
    const tried = await live.coalmine('notify', 'test', 'shop');
    expect([tried.code, tried.out]).toEqual([0, 'team (webhook) was told: answered 204\n']);
  });

  it('hear by another operator what the one before could not tell, and only that', async () => {
    status = 503;
    await declare();
    await push(live.client, live.at, 'shop:v2');
    expect(await live.outcomeOf(1)).toBe('promoted');
    await heard(1);
    await live.end();
    const lost = told.length;
    status = 204;
    await live.startAgain();
    await heard(lost + 2);
    expect(told.slice(lost).map(({ moment }) => moment)).toEqual(['started', 'promoted']);
    expect(told[lost]?.key).toBe(told[0]?.key);
    expect(JSON.stringify(await live.coalmine('describe', 'shop'))).not.toContain('secret-part');
  });
});
