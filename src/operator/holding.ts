import type { KubeClient } from '../kube/client.ts';
import { onAbort } from '../system/waiting.ts';
import type { Log } from '../telemetry/log.ts';
import { isAdopted } from './webhook/adopted.ts';
import { holdReview } from './webhook/review.ts';
import { sealReview } from './webhook/seal-review.ts';
import { HOLD_PATH, SEAL_PATH } from './install/names.ts';
import { installationKey } from './installation-key.ts';
import { runHoldWebhook } from './webhook/hold-webhook.ts';

/** Told of each certificate that a server shows from now on, in PEM. */
export type OnCertificate = (server: 'api' | 'webhook', cert: string) => void;

/** What the webhook of an operator works with. */
export interface Holding {
  readonly client: KubeClient;
  /** Where its certificate is kept. */
  readonly namespace: string;
  /** Where the API server asks; absent: there is no webhook. */
  readonly webhookPort?: number | undefined;
  readonly onCertificate?: OnCertificate;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Answers the API server while the work goes on, whether this operator leads or stands by. */
export async function holdingDuring<T>(holding: Holding, work: () => Promise<T>): Promise<T> {
  const { client, namespace, webhookPort: port, log, signal } = holding;
  if (port === undefined) return work();
  const end = new AbortController();
  const callOff = onAbort(signal, () => {
    end.abort();
  });
  const reviewers = {
    [HOLD_PATH]: holdReview(isAdopted(client)),
    [SEAL_PATH]: sealReview(() => installationKey(client, namespace, end.signal)),
  };
  const onCertificate = (cert: string): void => holding.onCertificate?.('webhook', cert);
  const options = { client, namespace, address: { port }, reviewers, log, now: Date.now, onCertificate };
  const webhook = runHoldWebhook(options, end.signal);
  try {
    return await work();
  } finally {
    callOff();
    end.abort();
    await webhook;
  }
}
