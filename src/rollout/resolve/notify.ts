import { ALARMS, type ChannelSettings, type Listener, type NoticeMoment } from '../model-notify.ts';
import { field, item, tell, type Place } from '../place.ts';
import { refuseUnknown, refuseWrongLink } from './notice-text.ts';
import { CHANNELS, type WrittenListener as Written } from './channels.ts';

/** `spec.notify` with its defaults. */
export function resolveNotify(written: readonly Written[], place: Place): readonly Listener[] {
  return written.flatMap((one, i) => {
    const at = item(place, i);
    const { name, on, message, link } = one;
    const channel = channelOf(one, at);
    if (message !== undefined) refuseUnknown(message, field(at, 'message'));
    if (link !== undefined) refuseWrongLink(link, field(at, 'link'));
    if (channel === undefined) return [];
    const words = {
      ...(message === undefined ? {} : { message }),
      ...(link === undefined ? {} : { link }),
    };
    return [{ name, on: momentsOf(on, channel, field(at, 'on')), ...words, channel }];
  });
}

function channelOf(written: Written, place: Place): ChannelSettings | undefined {
  for (const key of Object.keys(CHANNELS) as (keyof typeof CHANNELS)[]) {
    const settings = written[key];
    if (settings === undefined) continue;
    const resolve = CHANNELS[key] as (written: unknown, place: Place) => ChannelSettings | undefined;
    return resolve(settings, field(place, key));
  }
  return undefined;
}

/** Who answers for a service is called by what went wrong, and always told that it is over. */
function momentsOf(
  on: readonly NoticeMoment[],
  { kind }: ChannelSettings,
  place: Place,
): readonly NoticeMoment[] {
  if (kind !== 'pagerDuty' && kind !== 'opsgenie') return [...new Set(on)];
  on.forEach((moment, i) => {
    if (moment === 'promoted' || ALARMS.includes(moment)) return;
    tell(
      item(place, i),
      `an alert is not raised by ${moment}`,
      `use ${ALARMS.join(', ')}; promoted closes it by itself`,
    );
  });
  return [...new Set<NoticeMoment>([...on, 'promoted'])];
}
