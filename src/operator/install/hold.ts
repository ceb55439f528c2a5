import { manifest, type Manifest } from '../manifest.ts';
import { HOLD_CONFIGURATION, HOLD_PATH, POD_LABELS, PORTS, WEBHOOK_NAME } from './names.ts';

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
 * Sends new pod templates of Deployments through the webhook, and nothing else. It fails open: without coalmine a
 * cluster works as it did before. The operator itself adds who vouches for its certificate.
 */
export function holdConfiguration(namespace: string): Manifest {
  const service = { name: WEBHOOK_NAME, namespace, path: HOLD_PATH, port: 443 };
  return manifest(
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      name: HOLD_CONFIGURATION,
    },
    {
      webhooks: [
        {
          name: 'hold.coalmine.dev',
          admissionReviewVersions: ['v1'],
          clientConfig: { service },
          failurePolicy: 'Ignore',
          sideEffects: 'None',
          timeoutSeconds: 3,
          matchPolicy: 'Equivalent',
          reinvocationPolicy: 'IfNeeded',
          rules: [
            {
              apiGroups: ['apps'],
              apiVersions: ['v1'],
              operations: ['UPDATE'],
              resources: ['deployments'],
              scope: 'Namespaced',
            },
          ],
          matchConditions: [
            { name: 'new-template', expression: 'object.spec.template != oldObject.spec.template' },
          ],
        },
      ],
    },
  );
}
