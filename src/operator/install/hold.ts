import { API_GROUP, API_VERSION } from '../../kube/names.ts';
import type { JsonObject } from '../../base/json.ts';
import { manifest, type Manifest } from '../manifest.ts';
import { COMMANDS } from '../commands.ts';
import { HOLD_CONFIGURATION, HOLD_PATH, POD_LABELS, PORTS, SEAL_PATH, WEBHOOK_NAME } from './names.ts';

/** The Service through which the API server reaches the webhook. */
export function webhookService(namespace: string): Manifest {
  return manifest(
    { apiVersion: 'v1', kind: 'Service', name: WEBHOOK_NAME, namespace },
    {
      spec: {
        selector: { ...POD_LABELS },
        ports: [{ name: 'webhook', port: 443, targetPort: PORTS.webhook }],
      },
    },
  );
}

/**
 * Sends new pod templates of Deployments through the webhook, and commands in Rollouts, and nothing else. The operator itself
 * adds who vouches for its certificate.
 */
export function holdConfiguration(namespace: string): Manifest {
  return manifest(
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      name: HOLD_CONFIGURATION,
    },
    { webhooks: [holding(namespace), sealing(namespace)] },
  );
}

/** It fails open: without coalmine a cluster works as it did before. */
function holding(namespace: string): JsonObject {
  return {
    name: 'hold.coalmine.dev',
    ...askedAt(HOLD_PATH, namespace),
    failurePolicy: 'Ignore',
    timeoutSeconds: 3,
    rules: [ruleOf({ group: 'apps', version: 'v1', resource: 'deployments' })],
    matchConditions: [
      { name: 'new-template', expression: 'object.spec.template != oldObject.spec.template' },
    ],
  };
}

/** It does not: whoever writes while nobody looks could say that he is somebody else. */
function sealing(namespace: string): JsonObject {
  const commands = (object: string): string => `${object}.metadata.?annotations[?'${COMMANDS}'].orValue('')`;
  return {
    name: 'seal.coalmine.dev',
    ...askedAt(SEAL_PATH, namespace),
    failurePolicy: 'Fail',
    timeoutSeconds: 5,
    rules: [ruleOf({ group: API_GROUP, version: API_VERSION, resource: 'rollouts' })],
    matchConditions: [
      { name: 'new-commands', expression: `${commands('object')} != ${commands('oldObject')}` },
    ],
  };
}

function askedAt(path: string, namespace: string): JsonObject {
  return {
    admissionReviewVersions: ['v1'],
    clientConfig: { service: { name: WEBHOOK_NAME, namespace, path, port: 443 } },
    sideEffects: 'None',
    matchPolicy: 'Equivalent',
    reinvocationPolicy: 'IfNeeded',
  };
}

interface Written {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

function ruleOf({ group, version, resource }: Written): JsonObject {
  return {
    apiGroups: [group],
    apiVersions: [version],
    operations: ['UPDATE'],
    resources: [resource],
    scope: 'Namespaced',
  };
}
