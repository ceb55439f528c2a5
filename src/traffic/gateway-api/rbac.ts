import { READ, type AccessRule } from '../../kube/rbac.ts';

/** What steering routes of the Gateway API takes. */
export const GATEWAY_API_ACCESS: readonly AccessRule[] = [
  {
    group: 'gateway.networking.k8s.io',
    resources: ['httproutes', 'grpcroutes'],
    verbs: [...READ, 'patch'],
  },
];
