import { describeRouter, servedBy } from '../../../test/conformance/router.ts';
import { SERVICES } from '../cluster/services.ts';

const signal = new AbortController().signal;

describeRouter({
  name: 'a plain Service',
  traffic: { kind: 'service', name: 'shop' },
  objects: [],
  weights: [0, 50, 100],
  served: (read) => servedBy(read, [{ name: 'shop', weight: 1 }]),
  foreign: { annotation: 'example.com/theirs' },
  drift: async (client, namespace) => {
    const merge = { spec: { selector: { 'pod-template-hash': 'ccc' } } };
    await client.patch(SERVICES, { namespace, name: 'shop', merge }, signal);
  },
});
