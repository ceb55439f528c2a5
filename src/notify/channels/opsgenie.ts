import { jsonObjectOrNothing } from '../../base/json.ts';
import { ALARMS, type OpsgenieChannel } from '../../rollout/model-notify.ts';
import type { Channel, Message } from '../channel.ts';
import { alertKey, cut } from '../message.ts';
import { byStatus, withPatience, type Service } from '../post.ts';

/** As the Alert API has them. */
const MOST_MESSAGE = 130;
const MOST_DESCRIPTION = 15_000;
const MOST_NOTE = 25_000;
const MOST_ENTITY = 512;
/** Of a detail: all of them have 8,000 characters. */
const MOST_DETAIL = 2_000;

const ANEW =
  'keep the key of an API integration that is on; keys of Europe are known at https://api.eu.opsgenie.com';

const OPSGENIE: Service = {
  name: 'Opsgenie',
  isOwn: ({ text }) => typeof jsonObjectOrNothing(text)?.['requestId'] === 'string',
  next: {
    401: ANEW,
    403: 'let the integration create, update and close alerts',
    404: 'check the address: it ends before /v2/alerts',
    422: ANEW,
  },
};

/** Raises an alert, or closes the one that is there. All alerts of a Rollout are one, until that is closed. */
export const sendOpsgenie: Channel<OpsgenieChannel> = async (settings, { message, secretAt, post }) => {
  const alias = alertKey(message);
  const alerts = `${settings.address}/v2/alerts`;
  const isAlarm = ALARMS.includes(message.notice.moment);
  const reply = await post({
    url: isAlarm ? alerts : `${alerts}/${encodeURIComponent(alias)}/close?identifierType=alias`,
    headers: { authorization: `GenieKey ${await secretAt(settings.apiKey).read()}` },
    body: isAlarm
      ? { alias, ...alertOf(settings, message) }
      : { source: 'coalmine', note: cut(`${message.title}\n${message.text}`, MOST_NOTE) },
  });
  // Nothing is open: most promotions have nothing to close.
  if (!isAlarm && reply.status === 404) return { kind: 'taken', why: 'there was no alert to close' };
  // It names no time to come back at, but how long what is counted takes.
  const period = Number(reply.header('x-ratelimit-period-in-sec') ?? NaN);
  const isLimit = reply.status === 429 && reply.retryAfterMs === undefined;
  return byStatus(isLimit ? withPatience(reply, period) : reply, OPSGENIE);
};

function alertOf({ priority }: OpsgenieChannel, message: Message): object {
  const { notice, rollout, title, text, link } = message;
  return {
    message: cut(title, MOST_MESSAGE),
    description: cut(link === undefined ? text : `${text}\n${link}`, MOST_DESCRIPTION),
    entity: cut(rollout, MOST_ENTITY),
    source: 'coalmine',
    tags: ['coalmine', notice.moment],
    details: {
      release: String(notice.release),
      revision: notice.revision,
      reason: cut(notice.reason, MOST_DETAIL),
    },
    priority,
  };
}
