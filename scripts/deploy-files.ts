import { stringify } from 'yaml';
import { definitionOf } from '../src/operator/crd/definition.ts';
import { KINDS } from '../src/operator/crd/kinds.ts';
import { apiParts, inNamespace, installation, webhookParts } from '../src/operator/install/manifests.ts';
import { PORTS } from '../src/operator/install/names.ts';
import { partRole } from '../src/operator/install/roles.ts';
import { PART_NAMES, type InstallSettings } from '../src/operator/install/settings.ts';
import { operatorDeployment } from '../src/operator/install/workload.ts';
import type { Manifest } from '../src/operator/manifest.ts';
import { monitoringFiles } from './monitoring.ts';

/** A file of deploy/, by its path from the repository's root. */
export interface DeployFile {
  readonly path: string;
  readonly text: string;
}

const HEAD = '# Written by scripts/deploy-files.mjs from src/operator/install; do not edit.\n';
const KUSTOMIZE = 'deploy/kustomize';
const CHART = 'deploy/helm/coalmine';

const PLAIN: Omit<InstallSettings, 'image'> = {
  namespace: 'coalmine-system',
  namespaced: false,
  enable: [],
  hold: 'always',
  replicas: 1,
};

/** Helm fills in what is between braces. */
const IN_CHART: InstallSettings = {
  ...PLAIN,
  namespace: '{{ .Release.Namespace }}',
  image: '{{ .Values.image }}',
};

/** The kustomize base and components, the Helm chart, and what watches: the first three from what `coalmine install` applies. */
export function deployFiles(version: string): readonly DeployFile[] {
  const installed = [...kustomizeFiles({ ...PLAIN, image: `coalmine:${version}` }), ...chartFiles(version)];
  return [...installed.map(({ path, text }) => ({ path, text: `${HEAD}${text}` })), ...monitoringFiles()];
}

function kustomizeFiles(settings: InstallSettings): readonly DeployFile[] {
  const objects = installation(settings).filter(({ kind }) => kind !== 'CustomResourceDefinition');
  return [
    { path: `${KUSTOMIZE}/base/definitions.yaml`, text: documents(KINDS.map(definitionOf)) },
    { path: `${KUSTOMIZE}/base/operator.yaml`, text: documents(objects) },
    {
      path: `${KUSTOMIZE}/base/kustomization.yaml`,
      text: yaml({
        apiVersion: 'kustomize.config.k8s.io/v1beta1',
        kind: 'Kustomization',
        resources: ['definitions.yaml', 'operator.yaml'],
      }),
    },
    ...PART_NAMES.flatMap((part) => component(part, partRole(part, settings), [])),
    ...component('holdWebhook', webhookParts(settings), [listeningPatch('webhook')]),
    ...component('api', apiParts(settings), [listeningPatch('api')]),
  ];
}

function component(
  name: string,
  objects: readonly Manifest[],
  patches: readonly object[],
): readonly DeployFile[] {
  const directory = `${KUSTOMIZE}/components/${name.replace(/[A-Z]+/g, (word) => `-${word.toLowerCase()}`)}`;
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1alpha1',
    kind: 'Component',
    resources: ['objects.yaml'],
    ...(patches.length === 0 ? {} : { patches }),
  };
  return [
    { path: `${directory}/objects.yaml`, text: documents(objects) },
    { path: `${directory}/kustomization.yaml`, text: yaml(kustomization) },
  ];
}

/** Has the operator of the base listen: for the API server, or for who asks its own API. */
function listeningPatch(name: 'webhook' | 'api'): object {
  const container = '/spec/template/spec/containers/0';
  const steps = [
    { op: 'add', path: `${container}/args/-`, value: `--${name}-port=${PORTS[name]}` },
    { op: 'add', path: `${container}/ports/-`, value: { name, containerPort: PORTS[name] } },
  ];
  return { target: { kind: 'Deployment', name: 'coalmine' }, patch: yaml(steps) };
}

function chartFiles(version: string): readonly DeployFile[] {
  const own = { ...IN_CHART, namespaced: true };
  const template = (name: string, text: string): DeployFile => ({
    path: `${CHART}/templates/${name}.yaml`,
    text,
  });
  const routers = PART_NAMES.map((part) =>
    when(`has "${part}" .Values.enable`, either(partRole(part, own), partRole(part, IN_CHART))),
  );
  return [
    {
      path: `${CHART}/Chart.yaml`,
      text: yaml({
        apiVersion: 'v2',
        name: 'coalmine',
        description:
          'Moves traffic from the version you trust to the version you want, judged by real users.',
        type: 'application',
        version,
        appVersion: version,
        kubeVersion: '>=1.30.0-0',
      }),
    },
    { path: `${CHART}/values.yaml`, text: valuesOf(version) },
    { path: `${CHART}/files/definitions.yaml`, text: documents(KINDS.map(definitionOf).map(lasting)) },
    template('definitions', when('.Values.definitions', '{{ .Files.Get "files/definitions.yaml" }}\n')),
    template('access', either(inNamespace(own), inNamespace(IN_CHART))),
    template('routers', routers.join('')),
    template('webhook', when('eq .Values.hold "webhook"', CLASH + documents(webhookParts(IN_CHART)))),
    template('api', when('.Values.api', either(apiParts(own), apiParts(IN_CHART)))),
    template('operator', chartDeployment()),
  ];
}

function valuesOf(version: string): string {
  return `# The image of the operator; deploy/Containerfile builds it.
image: coalmine:${version}
# How many operators run: one leads, the others stand by.
replicas: 1
# What else it may steer: gatewayAPI, istio, nginxIngress.
enable: []
# How new templates are kept from rolling by themselves: always (Deployments are paused), or webhook.
hold: always
# True: its API is served in the cluster, to accounts of the cluster.
api: false
# What users call the API besides localhost: names, or name:port.
apiHosts: []
# What the cluster is called where its Rollouts are shown.
clusterName: ''
# True: it looks after its own namespace only, and may do nothing elsewhere.
namespaced: false
# False: the CustomResourceDefinitions are installed by something else.
definitions: true
`;
}

const CLASH = when('.Values.namespaced', '{{ fail "namespaced and hold: webhook do not go together" }}\n');

/** Kinds outlive the chart: with them all Rollouts would go. */
function lasting(definition: Manifest): Manifest {
  const annotations = { 'helm.sh/resource-policy': 'keep' };
  return { ...definition, metadata: { ...definition.metadata, annotations } };
}

/** Stands for what values say. */
const CHART_API = { api: true, apiHosts: ['HOST'], clusterName: 'CLUSTER' } as const;

function valuesIn(lines: string): string {
  return lines
    .replace(
      /^( *- )--api-host=HOST\n/m,
      '{{- range .Values.apiHosts }}\n$1{{ printf "--api-host=%s" . | quote }}\n{{- end }}\n',
    )
    .replace(
      /^( *- )--cluster-name=CLUSTER\n/m,
      '{{- with .Values.clusterName }}\n$1{{ printf "--cluster-name=%s" . | quote }}\n{{- end }}\n',
    );
}

/** Lines that depend on values are put between their conditions. */
function chartDeployment(): string {
  const text = yaml(operatorDeployment({ ...IN_CHART, namespaced: true, hold: 'webhook', ...CHART_API }));
  const port = / *- name: webhook\n *containerPort: \d+\n/;
  const apiPort = / *- name: api\n *containerPort: \d+\n/;
  return text
    .replace(/^( *)replicas: 1$/m, '$1replicas: {{ .Values.replicas }}')
    .replace(/^ *- --watch=.*\n/m, (line) => when('.Values.namespaced', line))
    .replace(/^ *- --webhook-port=.*\n/m, (line) => when('eq .Values.hold "webhook"', line))
    .replace(port, (lines) => when('eq .Values.hold "webhook"', lines))
    .replace(/^ *- --api-port=.*\n(?: *- --(?:api-host|cluster-name)=.*\n)+/m, (lines) =>
      when('.Values.api', valuesIn(lines)),
    )
    .replace(apiPort, (lines) => when('.Values.api', lines));
}

function either(own: readonly Manifest[], everywhere: readonly Manifest[]): string {
  return `{{- if .Values.namespaced }}\n${documents(own)}{{- else }}\n${documents(everywhere)}{{- end }}\n`;
}

function when(condition: string, text: string): string {
  return `{{- if ${condition} }}\n${text}{{- end }}\n`;
}

function documents(objects: readonly Manifest[]): string {
  return objects.map((object) => `---\n${yaml(object)}`).join('');
}

function yaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });
}
