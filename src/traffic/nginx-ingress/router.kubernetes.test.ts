import { describeRouter, servedBy, type ReadAny, type Served } from '../../../test/conformance/router.ts';
import { SERVICES } from '../cluster/services.ts';
import { INGRESSES } from './objects.ts';

const signal = new AbortController().signal;
const PREFIX = 'nginx.ingress.kubernetes.io/';

/** As ingress-nginx reads them: the canary beside the main one, by its weight. */
async function served(read: ReadAny): Promise<Served> {
  const canary = (await read(INGRESSES, 'shop-canary'))?.metadata.annotations ?? {};
  const total = Math.max(100, Number(canary[`${PREFIX}canary-weight-total`] ?? 100));
  const weight = Number(canary[`${PREFIX}canary-weight`] ?? 0);
  return servedBy(read, [
    { name: 'shop', weight: total - weight },
    ...(weight === 0 ? [] : [{ name: 'shop-canary', weight }]),
  ]);
}

describeRouter({
  name: 'an Ingress of nginx',
  traffic: { kind: 'nginxIngress', ingress: 'shop', sticky: { cookie: 'shop' } },
  objects: [
    {
      of: INGRESSES,
      object: {
        metadata: { name: 'shop', annotations: { [`${PREFIX}proxy-body-size`]: '8m' } },
        spec: {
          ingressClassName: 'nginx',
          rules: [
            {
              host: 'shop.example.test',
              http: {
                paths: [
                  {
                    path: '/',
                    pathType: 'Prefix',
                    backend: { service: { name: 'shop', port: { number: 80 } } },
                  },
                ],
              },
            },
          ],
        },
      } as never,
    },
  ],
  weights: [0, 5, 12.5, 33.333, 100],
  served,
  foreign: { annotation: 'example.com/theirs' },
  drift: async (client, namespace) => {
    const merge = { spec: { selector: { 'pod-template-hash': null } } };
    await client.patch(SERVICES, { namespace, name: 'shop', merge }, signal);
  },
  audience: {
    match: [{ header: { name: 'x-beta', prefix: 'y' } }, { cookie: { name: 'beta', exact: 'always' } }],
    served: async (read) => {
      const canary = await read(INGRESSES, 'shop-canary');
      const { annotations = {} } = canary?.metadata ?? {};
      const isAsked = annotations[`${PREFIX}canary-by-header-pattern`] === '^y.*$';
      if (!isAsked || annotations[`${PREFIX}canary-by-cookie`] !== 'beta')
        throw new Error('nobody is asked for');
      return servedBy(read, [{ name: 'shop-canary', weight: 1 }]);
    },
  },
});
