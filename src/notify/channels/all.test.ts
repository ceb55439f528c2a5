import { afterEach, describe, expect, it } from 'vitest';
import type { Notice } from '../../engine/notices.ts';
import type { ChannelSettings, RoomChannel } from '../../rollout/model-notify.ts';
import { aListener, aNotice, sendTo } from '../testing/notices.ts';
import { fakeService, type FakeService, type Said } from '../testing/service.ts';
import { StrictGithub } from '../testing/strict-github.ts';
import { strictDiscord } from '../testing/strict-discord.ts';
import {
  strictGoogleChat,
  strictOpsgenie,
  strictPagerDuty,
  strictRocketChat,
  strictTeams,
  type Rules,
} from '../testing/strict.ts';

interface Case {
  readonly channel: (url: string) => ChannelSettings;
  /** The one secret, and what is wrong in place of it. */
  readonly secret: (url: string) => string;
  readonly rules: () => Rules;
}

const room = (kind: RoomChannel['kind'], path: string, rules: Rules): Case => ({
  channel: () => ({ kind, webhook: { env: 'SECRET' } }),
  secret: (url) => `${url}${path}`,
  rules: () => rules,
});

/** Every channel that is reached by HTTP and is not tested alone. */
const CASES: Readonly<Record<string, Case>> = {
  teams: room('teams', '/workflows/secret-part/triggers?sig=secret-signature', strictTeams),
  discord: room('discord', '/api/webhooks/1/secret-part', strictDiscord),
  googleChat: room('googleChat', '/v1/spaces/secret-part/messages?key=k&token=t', strictGoogleChat),
  rocketChat: room('rocketChat', '/hooks/1/secret-part', strictRocketChat),
  pagerDuty: {
    channel: (address) => ({ kind: 'pagerDuty', routingKey: { env: 'SECRET' }, severity: 'error', address }),
    secret: () => '0123456789abcdef0123456789secret',
    rules: () => strictPagerDuty,
  },
  opsgenie: {
    channel: (address) => ({ kind: 'opsgenie', apiKey: { env: 'SECRET' }, priority: 'P2', address }),
    secret: () => 'genie-key-secret',
    rules: () => strictOpsgenie,
  },
  github: {
    channel: (address) => ({
      kind: 'github',
      repository: 'acme/shop',
      token: { env: 'SECRET' },
      environment: 'production',
      ref: 'main',
      address,
    }),
    secret: () => 'ghp-secret',
    rules: () => new StrictGithub().rules,
  },
};

let service: FakeService | undefined;

afterEach(() => {
  service?.close();
  service = undefined;
});

/** Sends a notice to a service that answers so; by its own strict rules where nothing else is said. */
async function send(one: Case, notice: Notice, says?: (secret: string) => Said) {
  const rules = one.rules();
  let secret = '';
  service = await fakeService((got) => (says === undefined ? rules(got) : says(secret)));
  secret = one.secret(service.url);
  const link = 'https://coalmine.example/{{namespace}}/{{name}}?release={{release}}';
  return sendTo(aListener(one.channel(service.url), { link }), notice, { SECRET: secret });
}

const cases = Object.entries(CASES).map(([name, one]) => ({ name, one }));

describe.each(cases)('$name', ({ one }) => {
  it.each(['rolledBack', 'aborted', 'failed', 'promoted'] as const)('takes %s', async (moment) => {
    expect(await send(one, aNotice({ moment }))).toMatchObject({ kind: 'taken' });
  });

  it('takes what is as long as it may be, and whatever may stand in it', async () => {
    const reason = `<b>&"*_~\`|[](x) @everyone \u{1f426}${'\u{1f426}'.repeat(250)}`;
    const findings = Array.from({ length: 5 }, () => `# ${'ß\\'.repeat(249)}`);
    expect(await send(one, aNotice({ reason, findings }))).toMatchObject({ kind: 'taken' });
  });

  it('is tried again after 500, 503 and 429, not sooner than it wants', async () => {
    for (const status of [500, 503, 429]) {
      const headers = { 'retry-after': '3' };
      const sent = await send(one, aNotice(), () => ({ status, headers }));
      expect(sent).toMatchObject({ kind: 'delayed', afterMs: 3_000 });
      service?.close();
    }
  });

  it('is given up after 400 and 404, and its secret shows nowhere, even when it is said back', async () => {
    for (const status of [400, 404]) {
      const sent = await send(one, aNotice(), (secret) => ({ status, body: `no such thing: ${secret}` }));
      expect(sent.kind).toBe('refused');
      expect(sent.why).toContain(`answered ${status}`);
      expect(sent.why).not.toMatch(/secret/);
      service?.close();
    }
  });

  it('with no secret where one should be is tried again, and that is said', async () => {
    const sent = await sendTo(aListener(one.channel('http://127.0.0.1:1')), aNotice(), {});
    expect(sent).toMatchObject({ kind: 'delayed' });
    expect(sent.why).toContain('the variable SECRET is empty');
  });
});

describe('an alert', () => {
  it('of PagerDuty is raised by what went wrong, and resolved by the next that is promoted', async () => {
    service = await fakeService(strictPagerDuty);
    const listener = aListener(CASES['pagerDuty']!.channel(service.url));
    const secrets = { SECRET: '0123456789abcdef0123456789abcdef' };
    await sendTo(listener, aNotice({ release: 3, moment: 'rolledBack' }), secrets);
    await sendTo(listener, aNotice({ release: 4, moment: 'promoted' }), secrets);
    expect(service.got.map(({ body }) => body)).toMatchObject([
      {
        event_action: 'trigger',
        dedup_key: 'coalmine/shop',
        payload: { severity: 'error', class: 'rolledBack' },
      },
      { event_action: 'resolve', dedup_key: 'coalmine/shop' },
    ]);
  });

  it('of PagerDuty with a key of another length is refused, and the key is not shown', async () => {
    service = await fakeService(strictPagerDuty);
    const listener = aListener(CASES['pagerDuty']!.channel(service.url));
    const sent = await sendTo(listener, aNotice(), { SECRET: 'too-short-secret' });
    expect(sent).toEqual({
      kind: 'refused',
      why: "answered 400: Event object is invalid; 'routing_key' is invalid (keep the integration key of a service, of Events API v2, as the routing key)",
    });
  });

  it('of Opsgenie is closed by the alias it was raised with', async () => {
    service = await fakeService(strictOpsgenie);
    const listener = aListener(CASES['opsgenie']!.channel(service.url));
    const secrets = { SECRET: 'genie-key-secret' };
    await sendTo(listener, aNotice({ moment: 'failed' }), secrets);
    await sendTo(listener, aNotice({ moment: 'promoted' }), secrets);
    expect(service.got[0]?.body).toMatchObject({ alias: 'coalmine/shop', priority: 'P2' });
    expect(service.got[1]?.path).toBe('/v2/alerts/coalmine%2Fshop/close?identifierType=alias');
  });
});

it('an alert of Opsgenie that is not there is closed already', async () => {
  service = await fakeService(() => ({ status: 404, body: { message: 'no such alert' } }));
  const listener = aListener(CASES['opsgenie']!.channel(service.url));
  const sent = await sendTo(listener, aNotice({ moment: 'promoted' }), { SECRET: 'genie-key-secret' });
  expect(sent).toEqual({ kind: 'taken', why: 'there was no alert to close' });
});

describe('a deployment of GitHub', () => {
  const secrets = { SECRET: 'ghp-secret' };

  it('is made once for a release, whose statuses follow it, with what was remembered or without', async () => {
    const github = new StrictGithub();
    service = await fakeService(github.rules);
    const listener = aListener(CASES['github']!.channel(service.url));
    const first = await sendTo(listener, aNotice({ moment: 'started' }), secrets);
    expect(first).toMatchObject({ kind: 'taken', thread: '1' });
    await sendTo(listener, aNotice({ moment: 'waiting', thread: '1' }), secrets);
    await sendTo(listener, aNotice({ moment: 'promoted' }), secrets);
    await sendTo(listener, aNotice({ moment: 'promoted' }), secrets);
    expect(github.deployments).toHaveLength(1);
    expect(github.statuses.get('1')?.map(({ state }) => state)).toEqual([
      'success',
      'pending',
      'in_progress',
    ]);
    await sendTo(listener, aNotice({ release: 13 }), secrets);
    expect(github.statuses.get('2')?.map(({ state }) => state)).toEqual(['failure']);
  });

  it('of what is nowhere is refused, and a limit is waited for', async () => {
    const github = new StrictGithub();
    service = await fakeService(github.rules);
    const channel = { ...CASES['github']!.channel(service.url), ref: 'nowhere' } as ChannelSettings;
    expect(await sendTo(aListener(channel), aNotice(), secrets)).toMatchObject({
      kind: 'refused',
      why: 'answered 422: No ref found for: nowhere (check that ref is a branch, tag or commit of the repository)',
    });
    service.close();
    const limit = { status: 403, body: { message: 'You have exceeded a secondary rate limit' } };
    service = await fakeService(() => limit);
    const limited = aListener(CASES['github']!.channel(service.url));
    expect(await sendTo(limited, aNotice(), secrets)).toMatchObject({ kind: 'delayed' });
  });
});
