import type { ChannelSettings, RoomChannel } from '../../rollout/model-notify.ts';
import type { Channel, Order, Sent } from '../channel.ts';
import { sendDiscord } from './discord.ts';
import { emailChannel } from './email.ts';
import { sendGithub } from './github.ts';
import { sendGoogleChat } from './google-chat.ts';
import { sendOpsgenie } from './opsgenie.ts';
import { sendPagerDuty } from './pager-duty.ts';
import { sendRocketChat } from './rocket-chat.ts';
import { sendSlack } from './slack.ts';
import { sendTeams } from './teams.ts';
import { sendWebhook } from './webhook.ts';

type Kind = ChannelSettings['kind'];

/** The settings of one kind of channel. */
type SettingsOf<K extends Kind> = K extends RoomChannel['kind']
  ? RoomChannel
  : Extract<ChannelSettings, { readonly kind: K }>;

/** Every channel, by the kind of its settings. */
const CHANNELS: { readonly [K in Kind]: Channel<SettingsOf<K>> } = {
  webhook: sendWebhook,
  slack: sendSlack,
  teams: sendTeams,
  discord: sendDiscord,
  googleChat: sendGoogleChat,
  rocketChat: sendRocketChat,
  pagerDuty: sendPagerDuty,
  opsgenie: sendOpsgenie,
  email: emailChannel(),
  github: sendGithub,
};

/** Sends one message on the channel that is declared. */
export function sendOn(settings: ChannelSettings, order: Order): Promise<Sent> {
  // Each is given the settings of its own kind.
  const channel = CHANNELS[settings.kind] as Channel<ChannelSettings>;
  return channel(settings, order);
}
