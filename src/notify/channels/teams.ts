import type { RoomChannel } from '../../rollout/model-notify.ts';
import type { Channel, Message, Tone } from '../channel.ts';
import { cut } from '../message.ts';
import { byStatus, type Service } from '../post.ts';

/** A message has 28 KiB at most, and a character up to four bytes. */
const MOST_TITLE = 300;
const MOST_TEXT = 5_000;

const COLOURS: Readonly<Record<Tone, string>> = {
  good: 'Good',
  bad: 'Attention',
  warning: 'Warning',
  neutral: 'Default',
};

const ANEW = 'turn its workflow on, or make one anew, and keep the URL of that in place of this one';

const TEAMS: Service = {
  name: 'a workflow',
  isOwn: ({ text }) => !text.trimStart().startsWith('<'),
  next: {
    400: ANEW,
    401: 'keep the whole URL of the workflow, with its sig, and let anybody trigger it',
    403: 'let anybody trigger the workflow',
    404: ANEW,
    410: ANEW,
  },
};

/** Writes to Microsoft Teams: an Adaptive Card for the workflow that posts what its webhook is sent. */
export const sendTeams: Channel<RoomChannel> = async ({ webhook }, { message, secretAt, post }) =>
  byStatus(await post({ url: await secretAt(webhook).read(), body: bodyOf(message) }), TEAMS);

function bodyOf({ title, text, link, tone }: Message): object {
  const lines = cut(text, MOST_TEXT).split('\n');
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      {
        type: 'TextBlock',
        text: plain(cut(title, MOST_TITLE)),
        size: 'Medium',
        weight: 'Bolder',
        color: COLOURS[tone],
        wrap: true,
      },
      { type: 'TextBlock', text: lines.map(plain).join('\n\n'), wrap: true },
    ],
    ...(link === undefined ? {} : { actions: [{ type: 'Action.OpenUrl', title: 'Open', url: link }] }),
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

/** What stands for itself, where a card would make links, lists and emphasis of it. */
function plain(text: string): string {
  return text.replaceAll(/[\\*_[\]]/g, String.raw`\$&`).replace(/^(\s*)([-+#>]|\d+\.)/, String.raw`$1\$2`);
}
