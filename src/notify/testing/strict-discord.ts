import { IncomingWebhookRequestPartialSchema } from 'discord-api-spec/zod';
import type { Said } from './service.ts';
import { objectIn, type Rules } from './strict.ts';

/** The path of the webhook that is there, in the version of the API that its specification describes. */
export const DISCORD_HOOK = '/api/v10/webhooks/1/secret-part';

/** Discord: what its own specification takes, and 6,000 characters in the embeds of a message. */
export const strictDiscord: Rules = ({ path, body }) => {
  const { pathname, searchParams } = new URL(path, 'http://x');
  const [, id, token] = /^\/api\/v10\/webhooks\/(\d+)\/([\w-]+)$/.exec(pathname) ?? [];
  if (id === undefined) return { status: 404, body: { message: '404: Not Found', code: 0 } };
  if (id !== '1') return { status: 404, body: { message: 'Unknown Webhook', code: 10_015 } };
  if (token !== 'secret-part')
    return { status: 401, body: { message: 'Invalid Webhook Token', code: 50_027 } };
  const read = IncomingWebhookRequestPartialSchema.safeParse(body);
  if (!read.success) return invalidForm(read.error.issues);
  const { embeds, content, allowed_mentions: allowed } = objectIn(body);
  const all: readonly unknown[] = Array.isArray(embeds) ? embeds : [];
  if (all.length === 0 && content === undefined)
    return { status: 400, body: { message: 'Cannot send an empty message', code: 50_006 } };
  if (all.map(lengthOf).reduce((sum, one) => sum + one, 0) > 6_000)
    return invalidForm([
      { path: ['embeds'], code: 'MAX_EMBED_SIZE_EXCEEDED', message: 'Embed size exceeds 6000' },
    ]);
  if (JSON.stringify(allowed) !== '{"parse":[]}') return { status: 400, body: 'it could mention everybody' };
  if (searchParams.get('wait') !== 'true') return { status: 204 };
  return {
    status: 200,
    body: { id: '2', channel_id: '3', webhook_id: id, type: 0, content: '', embeds: all },
  };
};

function lengthOf(embed: unknown): number {
  const { title, description } = objectIn(embed);
  const lengths = [title, description].map((text) => (typeof text === 'string' ? text.length : 0));
  return lengths.reduce((sum, length) => sum + length);
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly code?: string;
  readonly message: string;
}

/** What is wrong, at its place in a copy of what was sent. */
function invalidForm(issues: readonly Issue[]): Said {
  const errors: Record<string, unknown> = {};
  for (const { path, code = 'BASE_TYPE_BAD', message } of issues) {
    const wrong = { _errors: [{ code: code.toUpperCase(), message }] };
    const nested = path.reduceRight<object>((inner, key) => ({ [String(key)]: inner }), wrong);
    Object.assign(errors, nested);
  }
  return { status: 400, body: { message: 'Invalid Form Body', code: 50_035, errors } };
}

/** What Discord says to whoever asks too often: how many seconds to wait, to the millisecond in its body only. */
export const DISCORD_LIMIT: Said = {
  status: 429,
  headers: {
    'retry-after': '1',
    'x-ratelimit-limit': '5',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-scope': 'user',
  },
  body: { message: 'You are being rate limited.', code: 0, retry_after: 0.3, global: false },
};
