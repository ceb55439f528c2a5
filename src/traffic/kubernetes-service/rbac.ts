import { READ, type AccessRule } from '../../kube/rbac.ts';

/** What dividing traffic by Services takes; every router of a cluster does, beneath what it steers. */
export const SERVICE_ACCESS: readonly AccessRule[] = [
  { group: '', resources: ['services'], verbs: [...READ, 'create', 'patch', 'delete'] },
  { group: '', resources: ['pods'], verbs: ['list'] },
  { group: 'discovery.k8s.io', resources: ['endpointslices'], verbs: ['list'] },
];
