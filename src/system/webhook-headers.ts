import type { WebhookSettings } from '../rollout/model-outside.ts';
import { credentialsOf, loginOf } from './credentials.ts';
import type { Secrets } from './secret.ts';
import { signatureHeaders, type Message } from './signature.ts';

/** How a webhook knows us, and where the secrets are. */
export interface Known {
  readonly webhook: Pick<WebhookSettings, 'auth' | 'sign'>;
  readonly secretAt: Secrets;
}

/** The headers by which a webhook knows us; their secrets are read anew each time. Throws Failure where there are none. */
export async function webhookHeaders(
  { webhook: { auth, sign }, secretAt }: Known,
  message: Message,
): Promise<Readonly<Record<string, string>>> {
  const login = auth && { auth: loginOf(auth, secretAt) };
  const { headers } = await credentialsOf({ ...login });
  if (sign === undefined) return headers;
  return { ...headers, ...(await signatureHeaders(secretAt(sign), message)) };
}
