import { jsonObjectOrNothing } from '../../base/json.ts';
import type { RoomChannel } from '../../rollout/model-notify.ts';
import type { Channel, Message, Tone } from '../channel.ts';
import { cut } from '../message.ts';
import { byStatus, withPatience, type Reply, type Service } from '../post.ts';

/** As discord.com/developers/docs has them, of an embed. */
const MOST_TITLE = 256;
const MOST_TEXT = 4_096;

const COLOURS: Readonly<Record<Tone, number>> = {
  good: 0x2e_a0_43,
  bad: 0xcf_22_2e,
  warning: 0xd2_99_22,
  neutral: 0x6e_77_81,
};

const ANEW = 'make a webhook in the settings of its channel, and keep that URL in place of this one';

const DISCORD: Service = {
  name: 'Discord',
  isOwn: ({ status }) => status === 204,
  next: { 401: ANEW, 404: ANEW, 405: ANEW },
};

/** Writes to Discord by a webhook. What is told mentions nobody, whatever it says. */
export const sendDiscord: Channel<RoomChannel> = async ({ webhook }, { message, secretAt, post }) => {
  const reply = await post({ url: versioned(await secretAt(webhook).read()), body: bodyOf(message) });
  return byStatus(reply.status === 429 ? withPatience(reply, secondsIn(reply)) : reply, DISCORD);
};

/** Discord shows addresses without a version, which means the oldest there is: it counts waiting in other units. */
function versioned(url: string): string {
  return url.replace(/^(https?:\/\/[^/]+\/api)\/webhooks\//, '$1/v10/webhooks/');
}

/** The header rounds it up to whole seconds. */
function secondsIn({ text }: Reply): number {
  return Number(jsonObjectOrNothing(text)?.['retry_after']);
}

function bodyOf({ title, text, link, tone, notice }: Message): object {
  return {
    embeds: [
      {
        title: cut(title, MOST_TITLE),
        description: cut(text.replaceAll(/[\\*_~`|>#[\]]/g, String.raw`\$&`), MOST_TEXT),
        color: COLOURS[tone],
        timestamp: new Date(notice.at).toISOString(),
        ...(link === undefined ? {} : { url: link }),
      },
    ],
    allowed_mentions: { parse: [] },
  };
}
