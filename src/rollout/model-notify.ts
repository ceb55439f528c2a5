import type { WebhookSettings } from './model-outside.ts';
import type { SecretPlace } from './secret-place.ts';

/** Who hears of releases, and on which way. */

/** What listeners may hear of: that a release began, stopped to wait, or how it ended. */
export const NOTICE_MOMENTS = [
  'started',
  'paused',
  'waiting',
  'promoted',
  'rolledBack',
  'aborted',
  'failed',
  'completed',
] as const;

/** One of NOTICE_MOMENTS. */
export type NoticeMoment = (typeof NOTICE_MOMENTS)[number];

/** What a text for people may ask for between double braces. */
export const NOTICE_PLACEHOLDERS = [
  'name',
  'namespace',
  'moment',
  'release',
  'revision',
  'stable',
  'reason',
  'verdict',
  'numbers',
  'duration',
  'who',
] as const;

/** One of NOTICE_PLACEHOLDERS. */
export type NoticePlaceholder = (typeof NOTICE_PLACEHOLDERS)[number];

/** Somebody who is told what becomes of releases. */
export interface Listener {
  readonly name: string;
  readonly on: readonly NoticeMoment[];
  /** The text, with placeholders; absent: the usual one. */
  readonly message?: string;
  /** Where people look further, with placeholders; absent: nowhere. */
  readonly link?: string;
  readonly channel: ChannelSettings;
}

/** How a listener is reached. One member per channel. */
export type ChannelSettings =
  | WebhookChannel
  | SlackChannel
  | RoomChannel
  | PagerDutyChannel
  | OpsgenieChannel
  | EmailChannel
  | GithubChannel;

/** Another system is told by a request. */
export interface WebhookChannel extends Omit<WebhookSettings, 'url'> {
  readonly kind: 'webhook';
  readonly url: UrlPlace;
  /** How the body is written: plain JSON, or an event as CloudEvents 1.0 have it (structured mode). */
  readonly format: 'json' | 'cloudEvents';
}

/** A URL as it is written, or where it is kept, when it is a secret itself. */
export type UrlPlace = { readonly plain: string } | { readonly kept: SecretPlace };

/** Slack: an incoming webhook, or a bot, whose messages about one release are one thread. */
export interface SlackChannel {
  readonly kind: 'slack';
  readonly by:
    | { readonly webhook: SecretPlace }
    | { readonly token: SecretPlace; readonly channel: string; readonly address: string };
}

/** A room of people that is reached by an incoming webhook, whose URL is the only secret. */
export interface RoomChannel {
  readonly kind: 'teams' | 'discord' | 'googleChat' | 'rocketChat';
  readonly webhook: SecretPlace;
}

/** An alert of PagerDuty: raised by a release that did not end well, resolved by the next that is promoted. */
export interface PagerDutyChannel {
  readonly kind: 'pagerDuty';
  readonly routingKey: SecretPlace;
  readonly severity: (typeof SEVERITIES)[number];
  readonly address: string;
}

/** How bad an alert is, as PagerDuty has it. */
export const SEVERITIES = ['critical', 'error', 'warning', 'info'] as const;

/** An alert of Opsgenie, or of what speaks as it does: raised and closed as that of PagerDuty is. */
export interface OpsgenieChannel {
  readonly kind: 'opsgenie';
  readonly apiKey: SecretPlace;
  readonly priority: (typeof PRIORITIES)[number];
  readonly address: string;
}

/** How bad an alert is, as Opsgenie has it: the first is the worst. */
export const PRIORITIES = ['P1', 'P2', 'P3', 'P4', 'P5'] as const;

/** Moments that raise an alert; whatever else is told to who answers for the service, only closes one. */
export const ALARMS: readonly NoticeMoment[] = ['rolledBack', 'aborted', 'failed'];

/** Mail, by SMTP. */
export interface EmailChannel {
  readonly kind: 'email';
  readonly host: string;
  readonly port: number;
  readonly security: (typeof MAIL_SECURITIES)[number];
  /** Absent: the server asks for none. */
  readonly login?: { readonly user: string; readonly password: SecretPlace };
  readonly from: string;
  readonly to: readonly string[];
}

/** How a connection to a mail server is kept secret: begun so, made so before anything is said, or not at all. */
export const MAIL_SECURITIES = ['startTls', 'tls', 'none'] as const;

/** A deployment of GitHub, one for each release, with its statuses. */
export interface GithubChannel {
  readonly kind: 'github';
  /** `owner/name`. */
  readonly repository: string;
  readonly token: SecretPlace;
  readonly environment: string;
  /** A branch, tag or commit, with placeholders. */
  readonly ref: string;
  readonly address: string;
}
