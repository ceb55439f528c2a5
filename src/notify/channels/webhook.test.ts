import { randomBytes } from 'node:crypto';
import { HTTP, type CloudEvent } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { WebhookChannel } from '../../rollout/model-notify.ts';
import { aListener, aNotice, sendTo } from '../testing/notices.ts';
import { fakeService, type FakeService, type Got, type Said } from '../testing/service.ts';

let service: FakeService;
let said: Said;

beforeEach(async () => {
  said = { status: 204 };
  service = await fakeService(() => said);
});

afterEach(() => {
  service.close();
});

function webhook(differences: Partial<WebhookChannel> = {}): WebhookChannel {
  return {
    kind: 'webhook',
    url: { plain: `${service.url}/hook` },
    format: 'json',
    headers: {},
    ...differences,
  };
}

const headersOf = ({ headers }: Got): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

it('gets everything that is known, with the key of the notice', async () => {
  const listener = aListener(webhook({ headers: { 'x-team': 'shop' } }), {
    link: 'https://c.example/{{name}}',
  });
  expect(await sendTo(listener, aNotice())).toEqual({ kind: 'taken', why: 'answered 204' });
  const [got] = service.got;
  expect(got?.headers).toMatchObject({
    'content-type': 'application/json',
    'idempotency-key': 'shop-12-m1-rolledBack-team',
    'x-team': 'shop',
  });
  expect(got?.body).toEqual({
    key: 'shop-12-m1-rolledBack-team',
    listener: 'team',
    rollout: 'shop',
    release: 12,
    moment: 'rolledBack',
    revision: 'r1-bbbbbbbbbbbb',
    stable: 'r1-aaaaaaaaaaaa',
    by: { kind: 'user', name: 'ana' },
    startedAt: '2026-11-30T12:00:00.000Z',
    at: '2026-11-30T12:03:20.000Z',
    reason: 'errors: 5.1% where stable has 0.1% <b>&',
    verdict: 'bad',
    findings: ['errors: bad, error ratio ×50 of stable, 95% between ×20 and ×90'],
    served: { requests: 2_000, errors: 102 },
    title: 'shop: release 12 is rolled back',
    text: [
      'r1-aaaaaaaaaaaa → r1-bbbbbbbbbbbb, asked for by ana',
      'errors: 5.1% where stable has 0.1% <b>&',
      'verdict: bad',
      'errors: bad, error ratio ×50 of stable, 95% between ×20 and ×90',
      'the candidate served 2000 requests, 102 of them failed (5.1%)',
      'after 3m20s',
    ].join('\n'),
    link: 'https://c.example/shop',
  });
});

it('is signed so that the official library takes it', async () => {
  const KEY = `whsec_${randomBytes(32).toString('base64')}`;
  await sendTo(aListener(webhook({ sign: { env: 'KEY' } })), aNotice(), { KEY });
  const [got] = service.got;
  if (got === undefined) throw new Error('nothing was sent');
  expect(new Webhook(KEY).verify(got.text, headersOf(got))).toMatchObject({ moment: 'rolledBack' });
  expect(() => new Webhook(KEY).verify(got.text.replace('shop', 'web'), headersOf(got))).toThrow('signature');
});

it('gets an event that the official library of CloudEvents takes, the same one each time', async () => {
  const listener = aListener(webhook({ format: 'cloudEvents' }));
  await sendTo(listener, aNotice());
  await sendTo(listener, aNotice());
  const events = service.got.map((got) => {
    const event = HTTP.toEvent({ headers: headersOf(got), body: got.text }) as CloudEvent<unknown>;
    expect(event.validate()).toBe(true);
    return event;
  });
  expect(events[0]).toMatchObject({
    specversion: '1.0',
    type: 'dev.coalmine.release.rolledback',
    source: '/coalmine/rollouts/shop',
    subject: 'shop/12',
    id: 'shop-12-m1-rolledBack-team',
    data: { release: 12 },
  });
  expect(events[1]?.id).toBe(events[0]?.id);
});

it('logs in with a token that is read anew each time', async () => {
  await sendTo(aListener(webhook({ auth: { bearer: { env: 'T' } } })), aNotice(), { T: 'secret-token' });
  expect(service.got[0]?.headers.authorization).toBe('Bearer secret-token');
});

it.each([
  [408, 'delayed'],
  [425, 'delayed'],
  [429, 'delayed'],
  [500, 'delayed'],
  [503, 'delayed'],
  [301, 'refused'],
  [400, 'refused'],
  [401, 'refused'],
  [404, 'refused'],
])('answers %i: %s', async (status, kind) => {
  said = { status, body: 'no  such\nhook', headers: { location: `${service.url}/elsewhere` } };
  expect(await sendTo(aListener(webhook()), aNotice())).toEqual({
    kind,
    why: expect.stringContaining(`answered ${status}: no such hook`) as string,
  });
  expect(service.got).toHaveLength(1);
});

it.each([
  ['7', 7_000],
  ['100000', 3_600_000],
  ['Mon, 30 Nov 1998 12:00:00 GMT', 0],
  ['soon', undefined],
])('is asked to wait %s', async (retryAfter, afterMs) => {
  said = { status: 429, headers: { 'retry-after': retryAfter } };
  const sent = await sendTo(aListener(webhook()), aNotice());
  expect(sent).toMatchObject({ kind: 'delayed' });
  expect('afterMs' in sent ? sent.afterMs : undefined).toBe(afterMs);
});

it('shows in no answer what is secret in its address, even when that is said back', async () => {
  const URL_IN = `${service.url}/services/T0/secret-path?key=secret-query`;
  said = { status: 404, body: `no hook ${URL_IN}, /services/T0/secret-path nor ?key=secret-query` };
  const sent = await sendTo(aListener(webhook({ url: { kept: { env: 'URL_IN' } } })), aNotice(), { URL_IN });
  expect(service.got[0]?.path).toBe('/services/T0/secret-path?key=secret-query');
  expect(sent.why).toContain('answered 404: no hook [redacted]');
  expect(JSON.stringify(sent)).not.toMatch(/secret-path|secret-query/);
});

it('leaves no part of a secret where a long answer is cut, nor one that is said back alone', async () => {
  const TOKEN = 'very-long-secret-of-forty-characters-or-more';
  for (let before = 140; before < 210; before += 7) {
    said = { status: 400, body: `${'.'.repeat(before)}${TOKEN}` };
    const url = { kept: { env: 'URL_IN' } };
    const sent = await sendTo(aListener(webhook({ url })), aNotice(), {
      URL_IN: `${service.url}/services/${TOKEN}`,
    });
    expect(sent.why).not.toMatch(/very|secret/);
  }
});

it.each([
  [{}, 'there should be a secret, but the variable URL_IN is empty'],
  [{ URL_IN: 'hooks.example.com/secret' }, 'what is kept as its address is not an http or https URL'],
  [{ URL_IN: 'http://127.0.0.1:1/secret' }, 'could not be reached: '],
])('is tried again where its address is wrong, which is not shown: %j', async (secrets, why) => {
  const sent = await sendTo(aListener(webhook({ url: { kept: { env: 'URL_IN' } } })), aNotice(), secrets);
  expect(sent).toMatchObject({ kind: 'delayed', why: expect.stringContaining(why) as string });
  expect(sent.why).not.toContain('/secret');
});
