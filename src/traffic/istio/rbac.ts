import { READ, type AccessRule } from '../../kube/rbac.ts';

/** What steering Istio takes. */
export const ISTIO_ACCESS: readonly AccessRule[] = [
  {
    group: 'networking.istio.io',
    resources: ['virtualservices', 'destinationrules'],
    verbs: [...READ, 'patch'],
  },
];
