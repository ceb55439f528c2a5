import { afterEach, expect, it } from 'vitest';
import type { ChannelSettings, RoomChannel } from '../../rollout/model-notify.ts';
import { aListener, aNotice, sendTo } from '../testing/notices.ts';
import { fakeService, type FakeService, type Said } from '../testing/service.ts';
import { strictDiscord } from '../testing/strict-discord.ts';
import { StrictGithub } from '../testing/strict-github.ts';
import { strictSlack } from '../testing/strict-slack.ts';
import {
  strictGoogleChat,
  strictOpsgenie,
  strictPagerDuty,
  strictRocketChat,
  type Rules,
} from '../testing/strict.ts';

let service: FakeService | undefined;

afterEach(() => {
  service?.close();
  service = undefined;
});

/** What is wrong, and with which words somebody is told what to do about it. */
interface Wrong {
  readonly what: string;
  readonly channel: (url: string) => ChannelSettings;
  readonly secret: (url: string) => string;
  readonly rules: Rules;
  readonly next: RegExp;
}

const SECRET = { env: 'SECRET' };
const page: Rules = () => ({
  status: 200,
  body: '<html>a page</html>',
  headers: { 'content-type': 'text/html' },
});
const moved: Rules = () => ({ status: 302, headers: { location: 'https://elsewhere.example/' } });
const gone =
  (status: number, body: unknown): Rules =>
  (): Said => ({ status, body });

const room = (kind: RoomChannel['kind'], path: string, [rules, next]: readonly [Rules, RegExp]): Wrong => ({
  what: `${kind} at ${path}`,
  channel: () => ({ kind, webhook: SECRET }),
  secret: (url) => `${url}${path}`,
  rules,
  next,
});
const slackHook = (path: string, rules: Rules, next: RegExp): Wrong => ({
  what: `a webhook of Slack at ${path}`,
  channel: () => ({ kind: 'slack', by: { webhook: SECRET } }),
  secret: (url) => `${url}${path}`,
  rules,
  next,
});
const slackBot = (channel: string, token: string, next: RegExp): Wrong => ({
  what: `a bot of Slack in ${channel} with ${token}`,
  channel: (url) => ({ kind: 'slack', by: { token: SECRET, channel, address: `${url}/api` } }),
  secret: () => token,
  rules: strictSlack(),
  next,
});
const alerts = (
  kind: 'pagerDuty' | 'opsgenie',
  key: string,
  [rules, next]: readonly [Rules, RegExp],
): Wrong => ({
  what: `${kind} with ${key}`,
  channel: (address) =>
    kind === 'pagerDuty'
      ? { kind, routingKey: SECRET, severity: 'error', address }
      : { kind, apiKey: SECRET, priority: 'P2', address },
  secret: () => key,
  rules,
  next,
});
const github = (repository: string, token: string, next: RegExp): Wrong => ({
  what: `GitHub, ${repository} with ${token}`,
  channel: (address) => ({
    kind: 'github',
    repository,
    token: SECRET,
    environment: 'production',
    ref: 'main',
    address,
  }),
  secret: () => token,
  rules: new StrictGithub().rules,
  next,
});
const hook = (rules: Rules, next: RegExp): Wrong => ({
  what: `a webhook: ${String(next)}`,
  channel: (url) => ({ kind: 'webhook', url: { plain: url }, format: 'json', headers: {} }),
  secret: () => '',
  rules,
  next,
});

const ELSEWHERE = /\(check its address: something else is there\)$/;
const KEY = '0123456789abcdef0123456789abcdef';

it.each([
  slackHook('/services/T0/B0/gone', strictSlack(), /no_service \(add a webhook for a channel/),
  slackHook('/services/T0/B0/archived', strictSlack(), /channel_is_archived \(add a webhook for a channel/),
  slackHook('/', page, ELSEWHERE),
  slackBot('#nowhere', 'xoxb-1234567890-secret', /channel_not_found \(check the name of the channel/),
  slackBot('#private', 'xoxb-1234567890-secret', /not_in_channel \(.*invite the bot/),
  slackBot('#old', 'xoxb-1234567890-secret', /is_archived \(name a channel/),
  slackBot('#releases', 'xoxb-revoked', /invalid_auth \(install the app anew/),
  room('teams', '/gone', [
    gone(404, { error: { code: 'WorkflowNotFound' } }),
    /\(turn its workflow on, or make one/,
  ]),
  room('teams', '/unsigned', [gone(401, ''), /\(keep the whole URL of the workflow/]),
  room('teams', '/', [page, ELSEWHERE]),
  room('discord', '/api/webhooks/9/secret-part', [strictDiscord, /Unknown Webhook \(make a webhook/]),
  room('discord', '/api/webhooks/1/other', [strictDiscord, /Invalid Webhook Token \(make a webhook/]),
  room('discord', '/', [page, ELSEWHERE]),
  room('googleChat', '/v1/spaces/secret-part/messages', [strictGoogleChat, /\(add a webhook to the space/]),
  room('googleChat', '/v1/spaces/gone/messages?key=k&token=t', [
    strictGoogleChat,
    /\(add a webhook to the space/,
  ]),
  room('googleChat', '/', [page, ELSEWHERE]),
  room('rocketChat', '/hooks/1/other', [strictRocketChat, /\(make an incoming integration/]),
  room('rocketChat', '/hooks/off/secret-part', [strictRocketChat, /\(enable the integration\)/]),
  room('rocketChat', '/', [page, ELSEWHERE]),
  alerts('pagerDuty', 'revoked', [strictPagerDuty, /\(keep the integration key of a service/]),
  alerts('pagerDuty', KEY, [page, ELSEWHERE]),
  alerts('opsgenie', 'revoked', [strictOpsgenie, /\(keep the key of an API integration that is on/]),
  alerts('opsgenie', 'read-only', [strictOpsgenie, /\(let the integration create/]),
  alerts('opsgenie', 'genie-key-secret', [page, ELSEWHERE]),
  github('acme/shop', 'revoked', /Bad credentials \(make a token anew/),
  github('acme/gone', 'ghp-secret', /Not Found \(check repository and address/),
  hook(gone(401, ''), /\(check its auth, sign and headers/),
  hook(gone(410, ''), /\(check its URL/),
  hook(moved, /\(write the address that it leads to/),
])('$what: what to do is said', async ({ channel, secret, rules, next }) => {
  service = await fakeService(rules);
  const sent = await sendTo(aListener(channel(service.url)), aNotice(), { SECRET: secret(service.url) });
  expect(sent.kind).not.toBe('taken');
  expect(sent.why).toMatch(next);
});
