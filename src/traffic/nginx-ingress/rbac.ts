import { READ, type AccessRule } from '../../kube/rbac.ts';

/** What steering ingress-nginx takes: a second Ingress with its canary annotations. */
export const NGINX_INGRESS_ACCESS: readonly AccessRule[] = [
  { group: 'networking.k8s.io', resources: ['ingresses'], verbs: [...READ, 'create', 'patch', 'delete'] },
];
