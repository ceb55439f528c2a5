import { jsonObjectOrNothing } from '../../base/json.ts';
import { ALARMS, type PagerDutyChannel } from '../../rollout/model-notify.ts';
import type { Channel, Message } from '../channel.ts';
import { alertKey, cut } from '../message.ts';
import { byStatus, type Service } from '../post.ts';

/** As the Events API v2 has them. */
const MOST_SUMMARY = 1_024;

const PAGER_DUTY: Service = {
  name: 'PagerDuty',
  isOwn: ({ text }) => jsonObjectOrNothing(text)?.['status'] === 'success',
  next: {
    400: 'keep the integration key of a service, of Events API v2, as the routing key',
    404: 'check the address: it is https://events.pagerduty.com, or that of Europe',
  },
};

/** Raises an alert, or resolves the one that is there. All alerts of a Rollout are one, until that is resolved. */
export const sendPagerDuty: Channel<PagerDutyChannel> = async (settings, { message, secretAt, post }) =>
  byStatus(
    await post({
      url: `${settings.address}/v2/enqueue`,
      body: {
        routing_key: await secretAt(settings.routingKey).read(),
        dedup_key: alertKey(message),
        ...(ALARMS.includes(message.notice.moment)
          ? { event_action: 'trigger', ...alertOf(settings, message) }
          : { event_action: 'resolve' }),
      },
    }),
    PAGER_DUTY,
  );

function alertOf({ severity }: PagerDutyChannel, message: Message): object {
  const { notice, rollout, namespace, title, text, link } = message;
  return {
    payload: {
      summary: cut(`${title}: ${notice.reason}`, MOST_SUMMARY),
      source: namespace === undefined ? rollout : `${namespace}/${rollout}`,
      severity,
      timestamp: new Date(notice.at).toISOString(),
      component: rollout,
      class: notice.moment,
      custom_details: {
        text,
        release: notice.release,
        revision: notice.revision,
        stable: notice.stable ?? null,
      },
    },
    client: 'coalmine',
    ...(link === undefined ? {} : { client_url: link, links: [{ href: link, text: title }] }),
  };
}
