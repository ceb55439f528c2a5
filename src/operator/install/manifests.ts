import { definitionOf } from '../crd/definition.ts';
import { KINDS } from '../crd/kinds.ts';
import { holdConfiguration, webhookService } from './hold.ts';
import { manifest, type Manifest } from '../manifest.ts';
import { OPERATOR_NAME } from './names.ts';
import { apiService } from './api.ts';
import { apiRoles, coreRoles, peopleRoles, partRole, webhookRoles } from './roles.ts';
import type { InstallSettings } from './settings.ts';
import { operatorDeployment } from './workload.ts';

/** All that an installation consists of, in the order in which it is made. */
export function installation(settings: InstallSettings): readonly Manifest[] {
  const { namespace, enable, hold, api = false } = settings;
  return [
    manifest({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, {}),
    ...KINDS.map(definitionOf),
    ...inNamespace(settings),
    ...enable.flatMap((part) => partRole(part, settings)),
    ...(hold === 'webhook' ? webhookParts(settings) : []),
    ...(api ? apiParts(settings) : []),
    operatorDeployment(settings),
  ];
}

/** Who the operator is, and what it may do in any case. */
export function inNamespace(settings: InstallSettings): readonly Manifest[] {
  const { namespace } = settings;
  return [
    manifest({ apiVersion: 'v1', kind: 'ServiceAccount', name: OPERATOR_NAME, namespace }, {}),
    ...coreRoles(settings),
    ...peopleRoles(),
  ];
}

/** What the webhook needs. */
export function webhookParts(settings: InstallSettings): readonly Manifest[] {
  const { namespace } = settings;
  return [...webhookRoles(settings), webhookService(namespace), holdConfiguration(namespace)];
}

/** What the API needs to be served in the cluster. */
export function apiParts(settings: InstallSettings): readonly Manifest[] {
  return [...apiRoles(settings), apiService(settings.namespace)];
}
