/** Name of what there is one of: the ServiceAccount, the Deployment, the roles. */
export const OPERATOR_NAME = 'coalmine';

/** Where the operator runs when nothing else is said. */
export const OPERATOR_NAMESPACE = 'coalmine-system';

/** Name of the Service and of the Secret of the webhook. */
export const WEBHOOK_NAME = 'coalmine-webhook';

/** Name of the Service and of the Secret of the API. */
export const API_NAME = 'coalmine-api';

/** Name of the Lease of the operator that leads. */
export const LEASE_NAME = 'coalmine-operator';

/** Name of the Secret with the key of the installation. */
export const KEY_NAME = 'coalmine-installation-key';

/** Name of the ConfigMap with the sessions that were ended before their time. */
export const ENDED_SESSIONS_NAME = 'coalmine-ended-sessions';

/** Name of the MutatingWebhookConfiguration; the only cluster-wide object that the operator itself changes. */
export const HOLD_CONFIGURATION = 'coalmine-hold';

/** Where the operator listens: for probes, for the API server, and for who asks its own API. */
export const PORTS = { health: 8_080, webhook: 9_443, api: 8_443 } as const;

/** The path where the webhook is asked about new templates. */
export const HOLD_PATH = '/hold';

/** The path where it is asked who gives a command. */
export const SEAL_PATH = '/seal';

/** What the pods of the operator are told by. */
export const POD_LABELS = {
  'app.kubernetes.io/name': 'coalmine',
  'app.kubernetes.io/component': 'operator',
} as const;
