import { byStatus, type Service } from '../post.ts';
import type { UrlPlace, WebhookChannel } from '../../rollout/model-notify.ts';
import type { Secrets } from '../../system/secret.ts';
import { webhookHeaders } from '../../system/webhook-headers.ts';
import type { Channel, Message } from '../channel.ts';

const SECRET = 'check its auth, sign and headers against what the service wants';
const ADDRESS = 'check its URL: nothing takes a POST there';

const WEBHOOK: Service = {
  name: 'a webhook',
  next: { 401: SECRET, 403: SECRET, 404: ADDRESS, 405: ADDRESS, 410: ADDRESS, 415: 'check its format' },
};

/** Sends all that is known of a notice as JSON, plain or as an event of CloudEvents 1.0, signed where that is declared. */
export const sendWebhook: Channel<WebhookChannel> = async (settings, { message, secretAt, post, now }) => {
  const { format } = settings;
  const { key } = message.notice;
  const body = JSON.stringify(format === 'json' ? dataOf(message) : eventOf(message));
  const own = await webhookHeaders({ webhook: settings, secretAt }, { key, body, at: now });
  return byStatus(
    await post({
      url: await addressOf(settings.url, secretAt),
      headers: {
        ...settings.headers,
        ...own,
        'content-type': format === 'json' ? 'application/json' : 'application/cloudevents+json',
        'idempotency-key': key,
      },
      body,
    }),
    WEBHOOK,
  );
};

function addressOf(place: UrlPlace, secretAt: Secrets): Promise<string> {
  return 'plain' in place ? Promise.resolve(place.plain) : secretAt(place.kept).read();
}

function dataOf({ notice, rollout, namespace, title, text, link }: Message): object {
  const { key, to, thread: _, at, startedAt, ...facts } = notice;
  return {
    key,
    listener: to,
    rollout,
    ...(namespace === undefined ? {} : { namespace }),
    ...facts,
    at: new Date(at).toISOString(),
    startedAt: new Date(startedAt).toISOString(),
    title,
    text,
    ...(link === undefined ? {} : { link }),
  };
}

/** What is the same event has the same source and id. */
function eventOf(message: Message): object {
  const { notice, rollout, namespace } = message;
  const place = namespace === undefined ? rollout : `${namespace}/${rollout}`;
  return {
    specversion: '1.0',
    id: notice.key,
    source: `/coalmine/rollouts/${place}`,
    type: `dev.coalmine.release.${notice.moment.toLowerCase()}`,
    subject: `${rollout}/${notice.release}`,
    time: new Date(notice.at).toISOString(),
    datacontenttype: 'application/json',
    data: dataOf(message),
  };
}
