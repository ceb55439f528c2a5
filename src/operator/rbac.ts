import { API_GROUP } from '../kube/names.ts';
import { READ, type AccessRule } from '../kube/rbac.ts';
import {
  API_NAME,
  ENDED_SESSIONS_NAME,
  HOLD_CONFIGURATION,
  KEY_NAME,
  WEBHOOK_NAME,
} from './install/names.ts';

/** What the operator itself takes wherever it looks after Rollouts. */
export const OPERATOR_ACCESS: readonly AccessRule[] = [
  { group: API_GROUP, resources: ['rollouts'], verbs: [...READ, 'patch'] },
  { group: API_GROUP, resources: ['rollouts/status'], verbs: ['update'] },
  { group: API_GROUP, resources: ['rollouts/finalizers'], verbs: ['update'] },
  { group: API_GROUP, resources: ['releases'], verbs: [...READ, 'create', 'delete'] },
  { group: API_GROUP, resources: ['releases/status'], verbs: ['update'] },
  { group: API_GROUP, resources: ['releaseticks'], verbs: ['get', 'create', 'patch'] },
  { group: API_GROUP, resources: ['analysistemplates'], verbs: READ },
  { group: '', resources: ['events'], verbs: ['create'] },
];

/** What it takes besides where it looks after the whole cluster. */
export const CLUSTER_ACCESS: readonly AccessRule[] = [
  { group: API_GROUP, resources: ['clusteranalysistemplates'], verbs: READ },
];

/** What it takes in its own namespace: to be the one that leads, and to keep the key that contents of Secrets are hashed with. */
export const HOME_ACCESS: readonly AccessRule[] = [
  { group: 'coordination.k8s.io', resources: ['leases'], verbs: ['get', 'create', 'update'] },
  { group: '', resources: ['secrets'], verbs: ['create'] },
  { group: '', resources: ['secrets'], names: [KEY_NAME], verbs: ['get'] },
];

/** What the webhook takes in its own namespace: its certificate, which all replicas share. */
export const WEBHOOK_HOME_ACCESS: readonly AccessRule[] = certificateIn(WEBHOOK_NAME);

/** What the API takes in its own namespace: its certificate, and which sessions were ended, which all replicas share. */
export const API_HOME_ACCESS: readonly AccessRule[] = [
  ...certificateIn(API_NAME),
  { group: '', resources: ['configmaps'], verbs: ['create'] },
  { group: '', resources: ['configmaps'], names: [ENDED_SESSIONS_NAME], verbs: ['get', 'update'] },
];

/** What the webhook takes of the cluster: to say who vouches for it. */
export const WEBHOOK_ACCESS: readonly AccessRule[] = [
  {
    group: 'admissionregistration.k8s.io',
    resources: ['mutatingwebhookconfigurations'],
    names: [HOLD_CONFIGURATION],
    verbs: ['get', 'patch'],
  },
];

function certificateIn(secret: string): readonly AccessRule[] {
  return [
    { group: '', resources: ['secrets'], verbs: ['create'] },
    { group: '', resources: ['secrets'], names: [secret], verbs: ['get', 'update'] },
  ];
}
