import type { JsonObject } from '../../base/json.ts';
import { API_GROUP } from '../../kube/names.ts';
import type { AccessRule } from '../../kube/rbac.ts';
import { SERVICE_ACCESS } from '../../traffic/kubernetes-service/rbac.ts';
import { DEPLOYMENT_ACCESS } from '../../workloads/deployment/rbac.ts';
import { REVIEW_ACCESS } from '../../api/access/account.ts';
import {
  API_HOME_ACCESS,
  CLUSTER_ACCESS,
  HOME_ACCESS,
  OPERATOR_ACCESS,
  WEBHOOK_ACCESS,
  WEBHOOK_HOME_ACCESS,
} from '../rbac.ts';
import { manifest, type Manifest } from '../manifest.ts';
import { OPERATOR_NAME } from './names.ts';
import { OPTIONAL_PARTS, type InstallSettings, type OptionalPart } from './settings.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';

/** What a role is for, and what it allows. */
interface Grant {
  readonly name: string;
  readonly rules: readonly AccessRule[];
  /** Absent: everywhere. */
  readonly namespace?: string;
}

/** The roles that go with any installation, and their bindings. */
export function coreRoles(settings: InstallSettings): readonly Manifest[] {
  const { namespace, namespaced } = settings;
  const everywhere = namespaced ? [] : CLUSTER_ACCESS;
  const rules = [...OPERATOR_ACCESS, ...everywhere, ...DEPLOYMENT_ACCESS, ...SERVICE_ACCESS];
  const scope = namespaced ? { namespace } : {};
  return [
    ...granted({ name: OPERATOR_NAME, rules, ...scope }, settings),
    ...granted({ name: `${OPERATOR_NAME}-home`, rules: HOME_ACCESS, namespace }, settings),
  ];
}

/** The role that goes with a part. */
export function partRole(part: OptionalPart, settings: InstallSettings): readonly Manifest[] {
  const scope = settings.namespaced ? { namespace: settings.namespace } : {};
  const name = `${OPERATOR_NAME}-${part.toLowerCase()}`;
  return granted({ name, rules: OPTIONAL_PARTS[part], ...scope }, settings);
}

/** The roles that go with the webhook. */
export function webhookRoles(settings: InstallSettings): readonly Manifest[] {
  const { namespace } = settings;
  return [
    ...granted({ name: `${OPERATOR_NAME}-hold`, rules: WEBHOOK_ACCESS }, settings),
    ...granted({ name: `${OPERATOR_NAME}-hold`, rules: WEBHOOK_HOME_ACCESS, namespace }, settings),
  ];
}

/** What lets one operator ask the cluster who somebody is; there may be one in each of many namespaces. */
export function reviewerName({ namespace, namespaced }: Pick<InstallSettings, 'namespace' | 'namespaced'>) {
  return namespaced ? `${OPERATOR_NAME}-api-${namespace}` : `${OPERATOR_NAME}-api`;
}

/** The roles that go with the API. Tokens are of no namespace, so who they are of is asked of the cluster. */
export function apiRoles(settings: InstallSettings): readonly Manifest[] {
  const { namespace } = settings;
  return [
    ...granted({ name: reviewerName(settings), rules: REVIEW_ACCESS }, settings),
    ...granted({ name: `${OPERATOR_NAME}-api`, rules: API_HOME_ACCESS, namespace }, settings),
  ];
}

function granted({ name, rules, namespace }: Grant, settings: InstallSettings): readonly Manifest[] {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const at = { apiVersion: RBAC, name, ...(namespace === undefined ? {} : { namespace }) };
  return [
    manifest({ ...at, kind }, { rules: rules.map(ruleOf) }),
    manifest(
      { ...at, kind: `${kind}Binding` },
      {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
        subjects: [{ kind: 'ServiceAccount', name: OPERATOR_NAME, namespace: settings.namespace }],
      },
    ),
  ];
}

function ruleOf({ group, resources, verbs, names }: AccessRule): JsonObject {
  return {
    apiGroups: [group],
    resources,
    ...(names === undefined ? {} : { resourceNames: names }),
    verbs,
  };
}

/** What people get who may view or edit the namespaces that Rollouts are in. */
export function peopleRoles(): readonly Manifest[] {
  return [
    peopleRole('view', ['get', 'list', 'watch']),
    peopleRole('edit', ['create', 'update', 'patch', 'delete', 'deletecollection']),
  ];
}

function peopleRole(level: 'view' | 'edit', verbs: readonly string[]): Manifest {
  const seen = level === 'view' ? ['releases', 'releaseticks'] : [];
  const resources = ['rollouts', 'analysistemplates', ...seen];
  const towards = ['admin', 'edit', ...(level === 'view' ? ['view'] : [])];
  const labels = towards.map((of) => [`rbac.authorization.k8s.io/aggregate-to-${of}`, 'true'] as const);
  return manifest(
    {
      apiVersion: RBAC,
      kind: 'ClusterRole',
      name: `${OPERATOR_NAME}-${level}`,
      labels: Object.fromEntries(labels),
    },
    { rules: [{ apiGroups: [API_GROUP], resources, verbs }] },
  );
}
