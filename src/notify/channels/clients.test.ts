import { Agent } from 'node:https';
import { DiscordAPIError, REST } from '@discordjs/rest';
import { chat } from '@googleapis/chat';
import { request } from '@octokit/request';
import { trigger, resolve } from '@pagerduty/pdjs/build/src/events.js';
import { WebClient } from '@slack/web-api';
import { IncomingWebhook } from '@slack/webhook';
import { ErrorResponseSchema, RatelimitedResponseSchema } from 'discord-api-spec/zod';
import { afterEach, describe, expect, it } from 'vitest';
import { CertificateMaker } from '../../../test/certificates.ts';
import type { JsonObject } from '../../base/json.ts';
import { fakeService, type FakeService, type Got, type Said } from '../testing/service.ts';
import { DISCORD_LIMIT, strictDiscord } from '../testing/strict-discord.ts';
import { StrictGithub } from '../testing/strict-github.ts';
import { SLACK_HOOK, SLACK_TOKEN, strictSlack } from '../testing/strict-slack.ts';
import { strictGoogleChat, strictPagerDuty } from '../testing/strict.ts';
import { misfitsBy, VENDORS } from '../testing/vendor-schemas.ts';

/** What the channels are tested against is taken for the real thing by the clients of the services. */

let service: FakeService | undefined;

afterEach(() => {
  service?.close();
  service = undefined;
});

async function started(rules: (got: Got, times: number) => Said): Promise<string> {
  service = await fakeService(rules);
  return service.url;
}

describe("Slack's own client", () => {
  const clientAt = (url: string, token = SLACK_TOKEN): WebClient =>
    new WebClient(token, {
      slackApiUrl: `${url}/api/`,
      rejectRateLimitedCalls: true,
      retryConfig: { retries: 0 },
    });
  const section = { type: 'section' as const, text: { type: 'mrkdwn' as const, text: 'a & b' } };

  it('writes a message and an answer to it', async () => {
    const client = clientAt(await started(strictSlack()));
    const first = await client.chat.postMessage({ channel: '#releases', text: 'a', blocks: [section] });
    expect(first).toMatchObject({ ok: true, message: { text: 'a' } });
    const thread = { thread_ts: first.ts ?? '', reply_broadcast: true };
    const next = await client.chat.postMessage({
      channel: '#releases',
      text: 'b',
      blocks: [section],
      ...thread,
    });
    expect(next.ok).toBe(true);
  });

  it.each([
    { token: 'xoxb-other', channel: '#releases', error: 'invalid_auth' },
    { token: SLACK_TOKEN, channel: '#nowhere', error: 'channel_not_found' },
    { token: SLACK_TOKEN, channel: '#old', error: 'is_archived' },
  ])('understands $error', async ({ token, channel, error }) => {
    const client = clientAt(await started(strictSlack()), token);
    const asked = client.chat.postMessage({ channel, text: 'a', blocks: [section] });
    await expect(asked).rejects.toMatchObject({
      code: 'slack_webapi_platform_error',
      data: { ok: false, error },
    });
  });

  it('understands that it asks too often', async () => {
    const limit = {
      status: 429,
      headers: { 'retry-after': '30' },
      body: { ok: false, error: 'ratelimited' },
    };
    const asked = clientAt(await started(() => limit)).chat.postMessage({ channel: '#releases', text: 'a' });
    await expect(asked).rejects.toMatchObject({ code: 'slack_webapi_rate_limited_error', retryAfter: 30 });
  });

  it('writes by a webhook, and hears what is wrong with one', async () => {
    const url = await started(strictSlack());
    const said = { text: 'a', blocks: [section] };
    expect(await new IncomingWebhook(`${url}${SLACK_HOOK}`).send(said)).toEqual({ text: 'ok' });
    const gone = new IncomingWebhook(`${url}/services/T0/B0/archived`).send(said);
    await expect(gone).rejects.toMatchObject({ code: 'slack_webhook_http_error' });
  });
});

describe('the client that most bots of Discord are made with', () => {
  const clientAt = (url: string): REST =>
    new REST({ api: `${url}/api`, version: '10', retries: 0, rejectOnRateLimit: () => true });
  const body = { embeds: [{ title: 'a', description: 'b' }], allowed_mentions: { parse: [] } };

  it('writes by a webhook, and gets the message when it waits for it', async () => {
    const client = clientAt(await started(strictDiscord));
    const query = new URLSearchParams({ wait: 'true' });
    const message = await client.post('/webhooks/1/secret-part', { body, query, auth: false });
    expect(message).toMatchObject({ webhook_id: '1', embeds: body.embeds });
  });

  it.each([
    { path: '/webhooks/1/other', sent: body, code: 50_027, status: 401 },
    { path: '/webhooks/9/secret-part', sent: body, code: 10_015, status: 404 },
    {
      path: '/webhooks/1/secret-part',
      sent: { embeds: [{ title: 'a'.repeat(257) }] },
      code: 50_035,
      status: 400,
    },
    { path: '/webhooks/1/secret-part', sent: {}, code: 50_006, status: 400 },
  ] as const)('understands $code', async ({ path, sent, code, status }) => {
    const client = clientAt(await started(strictDiscord));
    const thrown: unknown = await client
      .post(path, { body: sent, auth: false })
      .catch((cause: unknown) => cause);
    expect(thrown).toBeInstanceOf(DiscordAPIError);
    expect(thrown).toMatchObject({ code, status });
    // The specification has numbers where the documentation, and Discord, have words: in what is wrong in particular.
    const { errors: _, ...said } = (thrown as { readonly rawError: JsonObject }).rawError;
    expect(ErrorResponseSchema.safeParse(said).success).toBe(true);
  });

  it('understands that it asks too often', async () => {
    const client = clientAt(await started(() => DISCORD_LIMIT));
    const asked = client.post('/webhooks/1/secret-part', { body, auth: false });
    await expect(asked).rejects.toMatchObject({ name: expect.stringContaining('RateLimitError') as string });
    const { body: said } = DISCORD_LIMIT as Exclude<Said, 'hang'>;
    expect(RatelimitedResponseSchema.safeParse(said).success).toBe(true);
  });
});

describe("Google's client of Chat", () => {
  const asked = { parent: 'spaces/secret-part', requestBody: { text: 'a', thread: { threadKey: 'b' } } };
  const options = { messageReplyOption: 'REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD', requestId: 'c' };

  it('writes a message into a thread', async () => {
    const client = chat({ version: 'v1', rootUrl: await started(strictGoogleChat) });
    const params = { key: 'k', token: 't' };
    const { data } = await client.spaces.messages.create({ ...asked, ...options, ...params });
    expect(data).toMatchObject({
      name: 'spaces/secret-part/messages/c',
      text: 'a',
      thread: { threadKey: 'b' },
    });
  });

  it('understands that it may not', async () => {
    const client = chat({ version: 'v1', rootUrl: await started(strictGoogleChat) });
    const params = { key: 'k', token: 'other' };
    await expect(client.spaces.messages.create({ ...asked, ...options, ...params })).rejects.toMatchObject({
      status: 403,
      message: 'no: PERMISSION_DENIED',
    });
  });
});

describe("PagerDuty's own client", () => {
  const certificates = new CertificateMaker();
  const { cert, key } = certificates.make('127.0.0.1');
  const routing = { routing_key: '0123456789abcdef0123456789abcdef', dedup_key: 'coalmine/shop' };
  const payload = { summary: 'a', source: 'b', severity: 'error' as const };

  it('raises an alert and resolves it, and understands what is wrong', async () => {
    service = await fakeService(strictPagerDuty, { cert, key });
    certificates.dispose();
    // It hands on what it does not know itself, and its server is one that is reached by HTTPS.
    const at = { server: new URL(service.url).host, agent: new Agent({ ca: cert, keepAlive: false }) };
    const raised = await trigger({ ...at, data: { ...routing, event_action: 'trigger', payload } });
    expect(raised).toMatchObject({ status: 202, data: { status: 'success', dedup_key: 'coalmine/shop' } });
    const resolved = await resolve({ ...at, data: { ...routing, event_action: 'resolve', payload } });
    expect(resolved.data).toMatchObject({ status: 'success', message: 'Event processed' });
    const wrong = { ...routing, routing_key: 'short' };
    const refused = await trigger({ ...at, data: { ...wrong, event_action: 'trigger', payload } });
    expect(refused).toMatchObject({ status: 400, data: { errors: ["'routing_key' is invalid"] } });
  });
});

describe("GitHub's own client", () => {
  const repository = { owner: 'acme', repo: 'shop' };
  const own = { auto_merge: false, required_contexts: [] };
  const clientAt = (baseUrl: string, token = 'ghp-secret') =>
    request.defaults({ baseUrl, headers: { authorization: `token ${token}` } });

  it('makes deployments, each of which ends the one before outside production, and reads them', async () => {
    const client = clientAt(await started(new StrictGithub().rules));
    const make = (environment: string) =>
      client('POST /repos/{owner}/{repo}/deployments', { ...repository, ...own, ref: 'main', environment });
    const succeed = (deployment_id: number) =>
      client('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
        ...repository,
        deployment_id,
        state: 'success',
      });
    for (const environment of ['staging', 'staging', 'production', 'production']) {
      const made = await make(environment);
      expect(made.status).toBe(201);
      expect(misfitsBy(VENDORS.githubDeployment.answered)(made.data)).toEqual([]);
      if (made.status !== 201) continue;
      const { data } = await succeed(made.data.id);
      expect(misfitsBy(VENDORS.githubStatus.answered)(data)).toEqual([]);
    }
    const newest = async (deployment_id: number): Promise<string | undefined> => {
      const path = 'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses';
      const { data } = await client(path, { ...repository, deployment_id, per_page: 1 });
      return data[0]?.state;
    };
    expect(await Promise.all([1, 2, 3, 4].map(newest))).toEqual([
      'inactive',
      'success',
      'success',
      'success',
    ]);
    const path = 'GET /repos/{owner}/{repo}/deployments';
    const { data } = await client(path, { ...repository, environment: 'staging' });
    expect(data.map(({ id }) => id)).toEqual([2, 1]);
  });

  it.each([
    { token: 'other', asked: { ...own, ref: 'main' }, status: 401 },
    { token: 'ghp-secret', asked: { ...own, ref: 'nowhere' }, status: 422 },
    { token: 'ghp-secret', asked: { ref: 'main', auto_merge: false }, status: 409 },
    { token: 'ghp-secret', asked: { ...own, ref: 'main', description: 'a'.repeat(141) }, status: 422 },
  ])('understands $status to $asked', async ({ token, asked, status }) => {
    const client = clientAt(await started(new StrictGithub().rules), token);
    const made = client('POST /repos/{owner}/{repo}/deployments', { ...repository, ...asked });
    await expect(made).rejects.toMatchObject({ name: 'HttpError', status });
  });
});
