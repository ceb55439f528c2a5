import { AdaptiveCard, SerializationContext, Versions } from 'adaptivecards';
import { isJsonObject, type JsonObject } from '../../base/json.ts';
import type { Got, Said } from './service.ts';
import { misfitsBy, VENDORS } from './vendor-schemas.ts';

/** Services that refuse what the real ones do, as their documentation has it: fields that must be there, and sizes. */

/** Answers a request, as the service does that it stands for. */
export type Rules = (got: Got) => Said;

const bytesOf = ({ text }: Got): number => Buffer.byteLength(text);

function refusal(error: string): Said {
  return { status: 400, body: { error } };
}

/** A text of at least one character and at most so many. */
export function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= most;
}

/** The object that a value is; an empty one for what is none. */
export function objectIn(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** Workflows of Microsoft Teams: 28 KiB, one Adaptive Card of a version that Teams shows. */
export const strictTeams: Rules = (got) => {
  if (bytesOf(got) > 28 * 1024) return { status: 413, body: 'RequestEntityTooLarge' };
  const { type, attachments } = objectIn(got.body);
  if (type !== 'message' || !Array.isArray(attachments) || attachments.length !== 1)
    return refusal('no message');
  const { contentType, content } = objectIn(attachments[0]);
  if (contentType !== 'application/vnd.microsoft.card.adaptive') return refusal('no card');
  const context = new SerializationContext(Versions.v1_4);
  const card = new AdaptiveCard();
  card.parse(content, context);
  const problems = Array.from({ length: context.eventCount }, (_, i) => context.getEventAt(i).message);
  const wrong = [...problems, ...card.validateProperties().validationEvents.map(({ message }) => message)];
  return wrong.length > 0 ? refusal(wrong.join('; ')) : { status: 202 };
};

/** The first demand that is not met; undefined: all are. */
function unmet(demands: Readonly<Record<string, boolean>>): string | undefined {
  return Object.keys(demands).find((name) => demands[name] === false);
}

const isMoment = (value: unknown): boolean => typeof value === 'string' && !Number.isNaN(Date.parse(value));
const isLike = (value: unknown, pattern: RegExp): boolean => typeof value === 'string' && pattern.test(value);

const misfitsOfGoogle = misfitsBy(VENDORS.googleChat);

/** Google Chat: what its client takes for a message, with a text of 4,096 characters, and 32,000 bytes in all. */
export const strictGoogleChat: Rules = (got) => {
  const { pathname, searchParams } = new URL(got.path, 'http://x');
  if (pathname !== '/v1/spaces/secret-part/messages') return googleRefusal(404, 'NOT_FOUND');
  if (searchParams.get('key') !== 'k' || searchParams.get('token') !== 't')
    return googleRefusal(403, 'PERMISSION_DENIED');
  const options = ['REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD', 'REPLY_MESSAGE_OR_FAIL', null];
  if (!options.includes(searchParams.get('messageReplyOption')))
    return googleRefusal(400, 'INVALID_ARGUMENT');
  const id = searchParams.get('requestId');
  if (!/^application\/json/.test(got.headers['content-type'] ?? ''))
    return googleRefusal(400, 'INVALID_ARGUMENT');
  const { text, thread } = objectIn(got.body);
  if (misfitsOfGoogle(got.body).length > 0 || !isText(text, 4_096) || bytesOf(got) > 32_000)
    return googleRefusal(400, 'INVALID_ARGUMENT');
  const { threadKey } = objectIn(thread);
  if (threadKey !== undefined && !isText(threadKey, 4_000)) return googleRefusal(400, 'INVALID_ARGUMENT');
  const name = `spaces/secret-part/messages/${id ?? 'new'}`;
  return { status: 200, body: { name, text, thread: { name: 'spaces/secret-part/threads/a', threadKey } } };
};

function googleRefusal(code: number, status: string): Said {
  return { status: code, body: { error: { code, message: `no: ${status}`, status } } };
}

/** Rocket.Chat, as the source of its server has it: the integration 1, and texts of 5,000 characters. */
export const strictRocketChat: Rules = ({ path, body }) => {
  const [, id, token] = /^\/hooks\/(\w+)\/([\w-]+)$/.exec(path) ?? [];
  if (id === 'off') return rocketRefusal(503, 'Service Unavailable');
  if (id !== '1' || token !== 'secret-part')
    return rocketRefusal(401, 'Invalid integration id or token provided.');
  const { text, attachments = [], channel, roomId } = objectIn(body);
  if (channel !== undefined || roomId !== undefined)
    return rocketRefusal(400, 'overriding destination channel is disabled for this integration');
  // What is no list is passed over there, and its message arrives without it.
  if (!Array.isArray(attachments) || !attachments.every(isAttachment))
    return rocketRefusal(400, 'invalid-params');
  if (!isText(text, 5_000)) return rocketRefusal(400, 'error-message-size-exceeded');
  return { status: 200, body: { success: true } };
};

function isAttachment(value: unknown): boolean {
  const { text, title, title_link: link = 'https://x', color } = objectIn(value);
  return (
    isText(text, 5_000) && isText(title, 5_000) && isLike(link, /^https?:/) && isLike(color, /^#[0-9a-f]{6}$/)
  );
}

function rocketRefusal(status: number, error: string): Said {
  return { status, body: { success: false, error } };
}

/** PagerDuty, Events API v2, where one integration is known. */
export const strictPagerDuty: Rules = (got) => {
  const { path, body } = got;
  if (path !== '/v2/enqueue') return { status: 404 };
  if (bytesOf(got) > 512 * 1024) return { status: 413 };
  const { routing_key: key, event_action: action, dedup_key: dedup, payload, links } = objectIn(body);
  const isNew = action === 'trigger';
  const wrong = unmet({
    "'routing_key' is invalid": isLike(key, /^.{32}$/),
    "'event_action' is invalid": isLike(action, /^(trigger|acknowledge|resolve)$/),
    "'dedup_key' is invalid": dedup === undefined ? isNew : isText(dedup, 255),
    "'payload' is missing or invalid": !isNew || isAlert(payload),
    "'links' is invalid": links === undefined || (Array.isArray(links) && links.every(isLink)),
  });
  if (wrong !== undefined)
    return {
      status: 400,
      body: { status: 'invalid event', message: 'Event object is invalid', errors: [wrong] },
    };
  return {
    status: 202,
    body: { status: 'success', message: 'Event processed', dedup_key: dedup ?? 'made-there' },
  };
};

function isAlert(payload: unknown): boolean {
  const { summary, source, severity, timestamp = '2026-11-30' } = objectIn(payload);
  const isSaid = isText(summary, 1_024) && isText(source, 1_024);
  return isSaid && isLike(severity, /^(critical|error|warning|info)$/) && isMoment(timestamp);
}

function isLink(value: unknown): boolean {
  return isLike(objectIn(value)['href'], /^https?:/);
}

/** Opsgenie, Alert API v2: it says that a request will be looked at, not that it was done. */
export const strictOpsgenie: Rules = ({ path, headers, body }) => {
  const { authorization = '' } = headers;
  if (authorization === 'GenieKey read-only')
    return opsgenieRefusal(403, 'You are not authorized to do this');
  if (authorization !== 'GenieKey genie-key-secret') return opsgenieRefusal(401, 'Could not authenticate');
  const asked = objectIn(body);
  const isClosing = /^\/v2\/alerts\/[^/?]+\/close\?identifierType=alias$/.test(path);
  if (path !== '/v2/alerts' && !isClosing) return opsgenieRefusal(404, 'Not found');
  const wrong = unmet({
    source: isShort(asked['source'], 100),
    user: isShort(asked['user'], 100),
    note: isShort(asked['note'], 25_000),
    ...(isClosing ? {} : raised(asked)),
  });
  if (wrong !== undefined) return opsgenieRefusal(422, `Request body is not processable: ${wrong}`);
  return opsgenieAnswer(202, { result: 'Request will be processed' });
};

function opsgenieRefusal(status: number, message: string): Said {
  return opsgenieAnswer(status, { message });
}

function opsgenieAnswer(status: number, said: object): Said {
  const requestId = '43a29c5c-3dbf-4fa4-9c26-f4f71023e120';
  return { status, headers: { 'x-request-id': requestId }, body: { ...said, took: 0.107, requestId } };
}

const isShort = (value: unknown, most: number): boolean => value === undefined || isText(value, most);

function raised(asked: JsonObject): Readonly<Record<string, boolean>> {
  const { message, alias, description, entity, priority = 'P3', tags = [], details } = asked;
  return {
    message: isText(message, 130),
    alias: isShort(alias, 512),
    description: isShort(description, 15_000),
    entity: isShort(entity, 512),
    priority: isLike(priority, /^P[1-5]$/),
    tags: Array.isArray(tags) && tags.length <= 20 && tags.every((tag) => isText(tag, 50)),
    details:
      JSON.stringify(details ?? {}).length <= 8_000 &&
      Object.values(objectIn(details)).every((value) => typeof value === 'string'),
  };
}
