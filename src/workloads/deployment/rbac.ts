import { READ, type AccessRule } from '../../kube/rbac.ts';

/**
 * What adopting Deployments takes. ConfigMaps and Secrets are part of a version: they are read, and copied so that
 * the version can be gone back to.
 */
export const DEPLOYMENT_ACCESS: readonly AccessRule[] = [
  { group: 'apps', resources: ['deployments'], verbs: [...READ, 'patch'] },
  { group: 'apps', resources: ['replicasets'], verbs: [...READ, 'create', 'patch', 'delete'] },
  { group: 'apps', resources: ['controllerrevisions'], verbs: [...READ, 'create', 'delete'] },
  // Whoever names an owner that cannot go before what it owns must be able to update that owner's finalizers.
  { group: 'apps', resources: ['deployments/finalizers'], verbs: ['update'] },
  { group: '', resources: ['pods'], verbs: READ },
  { group: '', resources: ['configmaps', 'secrets'], verbs: [...READ, 'create', 'delete'] },
];
