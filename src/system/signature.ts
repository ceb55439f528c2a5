import { createHmac } from 'node:crypto';
import { Failure } from '../base/failure.ts';
import type { Secret } from './secret.ts';

/** What is signed: one attempt at one message. */
export interface Message {
  /** The same for every attempt. */
  readonly key: string;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly body: string;
}

const LEAST_BYTES = 24;
const MOST_BYTES = 64;

/** The headers by which a message is known to be ours and of now, as Standard Webhooks have it. Reads the key anew. */
export async function signatureHeaders(
  secret: Secret,
  { key, at, body }: Message,
): Promise<Readonly<Record<string, string>>> {
  // Full stops separate what is signed.
  const id = key.replaceAll('.', '~');
  const timestamp = String(Math.floor(at / 1_000));
  const signature = createHmac('sha256', keyIn(await secret.read(), secret.place))
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

function keyIn(text: string, place: string): Buffer {
  const written = text.replace(/^whsec_/, '');
  const key = Buffer.from(written, 'base64');
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(written) && key.length >= LEAST_BYTES && key.length <= MOST_BYTES)
    return key;
  throw new Failure('usage', `${place} holds no key to sign with`, {
    hint: `it is whsec_ and ${LEAST_BYTES} to ${MOST_BYTES} bytes in base64, as of: openssl rand -base64 32`,
  });
}
