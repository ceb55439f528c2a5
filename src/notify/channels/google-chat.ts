import { jsonObjectOrNothing } from '../../base/json.ts';
import type { RoomChannel } from '../../rollout/model-notify.ts';
import type { Channel, Message } from '../channel.ts';
import { cut } from '../message.ts';
import { byStatus, type Service } from '../post.ts';

/** A message has 32,000 bytes at most, and a text 4,096 characters. */
const MOST_TEXT = 4_096;

const ANEW = 'add a webhook to the space, and keep its whole URL, with key and token, in place of this one';

const GOOGLE_CHAT: Service = {
  name: 'Google Chat',
  isOwn: ({ text }) => typeof jsonObjectOrNothing(text)?.['name'] === 'string',
  next: { 400: ANEW, 401: ANEW, 403: ANEW, 404: ANEW },
};

/** Writes to Google Chat by a webhook: the messages about one release are one thread, and each is made once. */
export const sendGoogleChat: Channel<RoomChannel> = async ({ webhook }, { message, secretAt, post }) =>
  byStatus(
    await post({
      url: addressOf(await secretAt(webhook).read(), message),
      headers: { 'content-type': 'application/json; charset=UTF-8' },
      body: { text: textOf(message), thread: { threadKey: message.releaseKey } },
    }),
    GOOGLE_CHAT,
  );

/** Whatever is no URL is refused where it is used. */
function addressOf(written: string, { notice }: Message): string {
  if (!URL.canParse(written)) return written;
  const url = new URL(written);
  url.searchParams.set('messageReplyOption', 'REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD');
  url.searchParams.set('requestId', notice.key);
  return url.href;
}

function textOf({ title, text, link }: Message): string {
  const foot = link === undefined ? '' : `\n${link}`;
  const head = `*${title.replaceAll('*', '')}*\n`;
  return cut(`${head}${cut(text, Math.max(1, MOST_TEXT - head.length - foot.length))}${foot}`, MOST_TEXT);
}
