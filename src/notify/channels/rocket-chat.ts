import { jsonObjectOrNothing } from '../../base/json.ts';
import type { RoomChannel } from '../../rollout/model-notify.ts';
import type { Channel, Message, Sent, Tone } from '../channel.ts';
import { cut } from '../message.ts';
import { byStatus, type Reply, type Service } from '../post.ts';

/** What a server takes as long as nobody has told it otherwise. */
const MOST_TITLE = 300;
const MOST_TEXT = 4_500;

const COLOURS: Readonly<Record<Tone, string>> = {
  good: '#2ea043',
  bad: '#cf222e',
  warning: '#d29922',
  neutral: '#6e7781',
};

const ANEW = 'make an incoming integration, and keep its URL in place of this one';

const ROCKET_CHAT: Service = {
  name: 'Rocket.Chat',
  isOwn: ({ text }) => jsonObjectOrNothing(text)?.['success'] === true,
  next: {
    400: 'look whether the channel of the integration is there, and its user may write to it',
    401: ANEW,
    404: ANEW,
    503: 'enable the integration',
  },
};

/** Writes to Rocket.Chat by an incoming integration. */
export const sendRocketChat: Channel<RoomChannel> = async ({ webhook }, { message, secretAt, post }) =>
  byAnswer(await post({ url: await secretAt(webhook).read(), body: bodyOf(message) }));

function bodyOf({ title, text, link, tone }: Message): object {
  return {
    text: cut(title, MOST_TITLE),
    attachments: [
      {
        title: link === undefined ? 'coalmine' : 'open',
        ...(link === undefined ? {} : { title_link: link }),
        text: cut(text, MOST_TEXT),
        color: COLOURS[tone],
      },
    ],
  };
}

/** A script of the integration may refuse with 200. */
function byAnswer(reply: Reply): Sent {
  const answer = jsonObjectOrNothing(reply.text);
  if (reply.status !== 200 || answer?.['success'] !== false) return byStatus(reply, ROCKET_CHAT);
  const { error } = answer;
  return { kind: 'refused', why: `answered ${typeof error === 'string' ? cut(error, MOST_TITLE) : 'no'}` };
}
