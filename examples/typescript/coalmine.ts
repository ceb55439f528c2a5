// Two services declared in TypeScript: what they share is written once, and the editor knows every field.
//
//   coalmine up --detach
//   coalmine release api --set workload.process.env.VERSION=2 --wait
//   REPLICAS=3 coalmine apply        how many of each is up to whoever applies it
import { defineRollout } from 'coalmine';

const strategy = {
  canary: {
    steps: [{ weight: '10%' }, { analyze: { atLeast: '10s', atMost: '2m' } }],
  },
};

const analysis = {
  warmUp: '5s',
  checks: [
    { name: 'errors', errors: {}, worseBy: '50%', safe: '2x', floor: '0.5%' },
    { name: 'latency', latency: {}, worseBy: '10%' },
  ],
};

export default defineRollout(({ env }) =>
  ['web', 'api'].map((name) => ({
    apiVersion: 'coalmine.dev/v1',
    kind: 'Rollout',
    metadata: { name },
    spec: {
      workload: {
        process: {
          from: '.',
          command: ['node', 'server.js'],
          replicas: Number(env.REPLICAS ?? 1),
          env: { NAME: name, VERSION: '1' },
          ready: { http: '/healthz' },
        },
      },
      traffic: { gateway: { path: `/${name}` } },
      strategy,
      analysis,
    },
  })),
);
