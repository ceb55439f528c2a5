import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { resource } from '../../kube/resource.ts';
import { HOLD_CONFIGURATION } from '../install/names.ts';

/** How the API server reaches a webhook, and who vouches for it (PEM in base64). */
interface ClientConfig {
  readonly url?: string;
  readonly service?: { readonly namespace: string; readonly name: string };
  readonly caBundle?: string;
}

/** What sends new templates through the webhook, as far as the operator has to do with it. */
export interface HoldConfiguration extends KubeObject {
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig: ClientConfig }[];
}

const CONFIGURATIONS = resource<HoldConfiguration>(
  'admissionregistration.k8s.io/v1',
  'MutatingWebhookConfiguration',
  { plural: 'mutatingwebhookconfigurations', clusterWide: true },
);

/** Not that of the installation, which would take away what it does not know when it is applied again. */
const MANAGER = 'coalmine-webhook';

/** The configuration; undefined when the webhook is not installed. */
export async function readConfiguration(
  client: KubeClient,
  signal: AbortSignal,
): Promise<HoldConfiguration | undefined> {
  return client.get(CONFIGURATIONS, { name: HOLD_CONFIGURATION }, signal);
}

/** The hosts under which the API server reaches the webhook. */
export function hostsOf({ webhooks = [] }: HoldConfiguration): readonly string[] {
  const hosts = webhooks.flatMap(({ clientConfig: { service, url } }) => {
    if (service !== undefined) return [`${service.name}.${service.namespace}.svc`];
    return url === undefined ? [] : [new URL(url).hostname.replace(/^\[|\]$/g, '')];
  });
  return [...new Set(hosts)];
}

/** Makes the API server believe those who are vouched for by `authorities` (PEM). True: it did already. */
export async function vouchFor(
  configuration: HoldConfiguration,
  { client, authorities }: { readonly client: KubeClient; readonly authorities: string },
  signal: AbortSignal,
): Promise<boolean> {
  const caBundle = Buffer.from(authorities, 'utf8').toString('base64');
  const { webhooks = [] } = configuration;
  if (webhooks.every(({ clientConfig }) => clientConfig.caBundle === caBundle)) return true;
  const object = {
    metadata: { name: HOLD_CONFIGURATION },
    webhooks: webhooks.map(({ name }) => ({ name, clientConfig: { caBundle } })),
  };
  await client.apply(CONFIGURATIONS, { object, force: true, fieldManager: MANAGER }, signal);
  return false;
}
