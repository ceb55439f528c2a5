import type { JsonObject } from '../../base/json.ts';
import { manifest, type Manifest } from '../manifest.ts';
import { OPERATOR_NAME, POD_LABELS, PORTS } from './names.ts';
import type { InstallSettings } from './settings.ts';

/** A user that owns nothing. */
const NOBODY = 65_532;

/** The Deployment that runs the operator. */
export function operatorDeployment(settings: InstallSettings): Manifest {
  const { namespace, replicas } = settings;
  return manifest(
    { apiVersion: 'apps/v1', kind: 'Deployment', name: OPERATOR_NAME, namespace },
    {
      spec: {
        replicas,
        selector: { matchLabels: { ...POD_LABELS } },
        template: { metadata: { labels: { ...POD_LABELS } }, spec: podOf(settings) },
      },
    },
  );
}

function podOf(settings: InstallSettings): JsonObject {
  return {
    serviceAccountName: OPERATOR_NAME,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: NOBODY,
      runAsGroup: NOBODY,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: { ...POD_LABELS } },
      },
    ],
    containers: [containerOf(settings)],
    volumes: [{ name: 'tmp', emptyDir: {} }],
  };
}

function containerOf(settings: InstallSettings): JsonObject {
  return {
    name: 'operator',
    image: settings.image,
    args: [...operatorArgs(settings)],
    env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    ports: [
      { name: 'health', containerPort: PORTS.health },
      ...(settings.hold === 'webhook' ? [{ name: 'webhook', containerPort: PORTS.webhook }] : []),
      ...(settings.api === true ? [{ name: 'api', containerPort: PORTS.api }] : []),
    ],
    livenessProbe: { httpGet: { path: '/healthz', port: 'health' }, periodSeconds: 10, failureThreshold: 6 },
    readinessProbe: { httpGet: { path: '/readyz', port: 'health' }, periodSeconds: 5 },
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  };
}

/** The command line of the operator, after `coalmine`. */
function operatorArgs(settings: InstallSettings): readonly string[] {
  const { namespace, namespaced, hold, api = false } = settings;
  return [
    'operator',
    `--namespace=${namespace}`,
    ...(namespaced ? [`--watch=${namespace}`] : []),
    `--health-port=${PORTS.health}`,
    ...(hold === 'webhook' ? [`--webhook-port=${PORTS.webhook}`] : []),
    ...(api ? apiArgs(settings) : []),
  ];
}

function apiArgs({ apiHosts = [], clusterName }: InstallSettings): readonly string[] {
  return [
    `--api-port=${PORTS.api}`,
    ...apiHosts.map((host) => `--api-host=${host}`),
    ...(clusterName === undefined ? [] : [`--cluster-name=${clusterName}`]),
  ];
}
