import { isJsonObject, jsonOrNothing, type JsonObject } from '../../base/json.ts';
import type { Got, Said } from './service.ts';
import { isText, objectIn, type Rules } from './strict.ts';
import { misfitsBy, VENDORS } from './vendor-schemas.ts';

/** The token of the bot that is known. */
export const SLACK_TOKEN = 'xoxb-1234567890-secret';
/** The path of the webhook that is there. */
export const SLACK_HOOK = '/services/T0/B0/xyz';

const misfits = misfitsBy(VENDORS.slack);

/** Slack, as its clients and documentation have it: one webhook, and a bot in the channel #releases. */
export function strictSlack(): Rules {
  let written = 0;
  return (got) => {
    if (got.path.startsWith('/services/')) return byWebhook(got);
    const [, method] = /^\/api\/([\w.]+)$/.exec(got.path) ?? [];
    if (method !== 'chat.postMessage') return refuses('unknown_method');
    if (got.headers.authorization === undefined) return refuses('not_authed');
    if (got.headers.authorization !== `Bearer ${SLACK_TOKEN}`) return refuses('invalid_auth');
    const asked = argumentsOf(got);
    const problem = asked === undefined ? 'invalid_json' : problemOf(asked);
    if (problem !== undefined) return refuses(problem);
    const { channel, thread_ts: thread, text } = objectIn(asked);
    if (channel === '#old') return refuses('is_archived');
    if (channel === '#private') return refuses('not_in_channel');
    if (channel !== '#releases') return refuses('channel_not_found');
    if (thread !== undefined && !(typeof thread === 'string' && /^\d+\.\d{6}$/.test(thread)))
      return refuses('invalid_thread_ts');
    written += 1;
    const ts = `1700000000.00000${written}`;
    return {
      status: 200,
      body: { ok: true, channel: 'C0RELEASES', ts, message: { type: 'message', text, ts } },
    };
  };
}

/** The API says 200 to what it refuses. */
function refuses(error: string): Said {
  const [code, ...messages] = error.split('; ');
  const more = messages.length === 0 ? {} : { response_metadata: { messages } };
  return { status: 200, body: { ok: false, error: code, ...more } };
}

/** A webhook answers words, with a status that says that they are of no use. */
function byWebhook({ path, body }: Got): Said {
  if (path === '/services/T0/B0/archived') return { status: 410, body: 'channel_is_archived' };
  if (path === '/services/T0/B0/forbidden') return { status: 403, body: 'action_prohibited' };
  if (path !== SLACK_HOOK) return { status: 404, body: 'no_service' };
  if (!isJsonObject(body)) return { status: 400, body: 'invalid_payload' };
  const problem = problemOf(body);
  return problem === undefined ? { status: 200, body: 'ok' } : { status: 400, body: problem };
}

/** The arguments of a method: JSON, or a form with JSON in its fields. */
function argumentsOf({ headers, text, body }: Got): JsonObject | undefined {
  const type = headers['content-type'] ?? '';
  if (type.startsWith('application/json')) return isJsonObject(body) ? body : undefined;
  const fields = [...new URLSearchParams(text)].map(([name, value]) => [name, fieldOf(name, value)]);
  return Object.fromEntries(fields) as JsonObject;
}

function fieldOf(name: string, value: string): unknown {
  return ['blocks', 'reply_broadcast', 'unfurl_links'].includes(name) ? jsonOrNothing(value) : value;
}

function problemOf(asked: JsonObject): string | undefined {
  const [misfit] = misfits(asked);
  if (misfit !== undefined) return `invalid_blocks; [ERROR] ${misfit}`;
  const { blocks, text } = asked;
  if (typeof text !== 'string' || text === '') return 'no_text';
  if (text.length > 40_000) return 'msg_too_long';
  if (/[<>]/.test(text.replaceAll(/&(lt|gt|amp);/g, ''))) return 'not escaped';
  if (!Array.isArray(blocks) || blocks.length > 50)
    return 'invalid_blocks; [ERROR] no more than 50 items allowed';
  return blocks.map(tooLong).find((one) => one !== undefined);
}

/** The lengths that docs.slack.dev has, of a header, of a section and of the elements of a context. */
function tooLong(block: unknown): string | undefined {
  const { type, text, elements = [] } = objectIn(block);
  const most = type === 'header' ? 150 : 3_000;
  const texts: readonly unknown[] = type === 'context' ? (elements as readonly unknown[]) : [text];
  if (texts.length <= 10 && texts.every((one) => isText(objectIn(one)['text'], most))) return undefined;
  return `invalid_blocks; [ERROR] must be less than ${most + 1} characters`;
}
