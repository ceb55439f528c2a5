import { withHint } from '../../base/failure.ts';
import { isJsonObject, type JsonObject, jsonObjectOrNothing } from '../../base/json.ts';
import type { SlackChannel } from '../../rollout/model-notify.ts';
import type { Channel, Message, Sent } from '../channel.ts';
import { cut } from '../message.ts';
import { byStatus, type Reply, type Service } from '../post.ts';

/** As docs.slack.dev has them: of the title, of a section, of the text that notifications show. */
const MOST_TITLE = 150;
const MOST_SECTION = 3_000;
const MOST_TEXT = 4_000;

/** What the API says when trying again may help (docs.slack.dev, chat.postMessage). */
const PASSING: readonly unknown[] = [
  'ratelimited',
  'rate_limited',
  'request_timeout',
  'service_unavailable',
  'internal_error',
  'fatal_error',
  'team_added_to_org',
];

const ANEW = 'add a webhook for a channel that is in use, and keep its URL in place of this one';

const SLACK: Service = {
  name: 'Slack',
  isOwn: ({ text }) => text === 'ok',
  next: { 403: ANEW, 404: ANEW, 410: ANEW },
};

const API: Service = { name: 'Slack', next: { 404: 'check the address: it ends in /api' } };

const TOKEN = 'install the app anew, and keep its bot token in place of this one';
const CHANNEL = 'check the name of the channel, and invite the bot to it';

/** What to do about what the API refuses. */
const NEXT: ReadonlyMap<unknown, string> = new Map([
  ['not_authed', TOKEN],
  ['invalid_auth', TOKEN],
  ['account_inactive', TOKEN],
  ['token_revoked', TOKEN],
  ['token_expired', TOKEN],
  ['not_allowed_token_type', TOKEN],
  ['missing_scope', 'give the app the scope chat:write, and install it anew'],
  ['channel_not_found', CHANNEL],
  ['not_in_channel', CHANNEL],
  ['is_archived', 'name a channel that is in use'],
  ['restricted_action', 'ask who administers the workspace to let the app write there'],
]);

/** Writes to Slack. By a bot, the messages about one release are one thread, and how it ended shows in the channel too. */
export const sendSlack: Channel<SlackChannel> = async ({ by }, { message, secretAt, post }) => {
  if ('webhook' in by)
    return byStatus(await post({ url: await secretAt(by.webhook).read(), body: bodyOf(message) }), SLACK);
  const { thread, moment } = message.notice;
  const isEnd = !['started', 'paused', 'waiting'].includes(moment);
  return byAnswer(
    await post({
      url: `${by.address}/chat.postMessage`,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        authorization: `Bearer ${await secretAt(by.token).read()}`,
      },
      body: {
        channel: by.channel,
        ...bodyOf(message),
        ...(thread === undefined ? {} : { thread_ts: thread, reply_broadcast: isEnd }),
      },
    }),
    thread,
  );
};

function bodyOf({ title, text, link }: Message): object {
  const section = cut(escaped(text), MOST_SECTION);
  return {
    text: cut(escaped(`${title}\n${text}`), MOST_TEXT),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(title, MOST_TITLE) } },
      { type: 'section', text: { type: 'mrkdwn', text: section } },
      ...(link === undefined
        ? []
        : [
            {
              type: 'context',
              elements: [{ type: 'mrkdwn', text: `<${escaped(link).replaceAll('|', '%7C')}>` }],
            },
          ]),
    ],
    unfurl_links: false,
  };
}

/** These three mean something else there. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The API says 200 to what it refuses. */
function byAnswer(reply: Reply, thread: string | undefined): Sent {
  if (reply.status !== 200) return byStatus(reply, API);
  const answer = jsonObjectOrNothing(reply.text);
  if (answer === undefined) return { kind: 'delayed', why: withHint('answered with no JSON', API.next[404]) };
  const { ok, ts, error } = answer;
  if (ok === true) {
    const first = thread ?? (typeof ts === 'string' ? ts : undefined);
    return { kind: 'taken', why: 'answered ok', ...(first === undefined ? {} : { thread: first }) };
  }
  return { kind: PASSING.includes(error) ? 'delayed' : 'refused', why: `answered ${refusalIn(answer)}` };
}

/** The code of what is wrong, with the particulars of a message that does not fit. */
function refusalIn({ error, response_metadata: more }: JsonObject): string {
  const { messages } = isJsonObject(more) ? more : {};
  const several: readonly unknown[] = Array.isArray(messages) ? messages : [];
  const [particular] = several;
  const code = typeof error === 'string' ? error : 'no';
  return withHint(typeof particular === 'string' ? `${code}: ${particular}` : code, NEXT.get(error));
}
