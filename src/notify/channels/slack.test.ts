import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SlackChannel } from '../../rollout/model-notify.ts';
import { aListener, aNotice, sendTo } from '../testing/notices.ts';
import { fakeService, type FakeService, type Said } from '../testing/service.ts';
import { SLACK_HOOK, SLACK_TOKEN, strictSlack } from '../testing/strict-slack.ts';

const SECRETS = { TOKEN: SLACK_TOKEN };

let service: FakeService;
let said: Said | undefined;

beforeEach(async () => {
  said = undefined;
  const rules = strictSlack();
  service = await fakeService((got) => said ?? rules(got));
});

afterEach(() => {
  service.close();
});

function bot(differences: { readonly channel?: string; readonly env?: string } = {}): SlackChannel {
  const { channel = '#releases', env = 'TOKEN' } = differences;
  return { kind: 'slack', by: { token: { env }, channel, address: `${service.url}/api` } };
}

describe('a bot of Slack', () => {
  it('writes the messages about one release into one thread, whose end shows in the channel too', async () => {
    const first = await sendTo(aListener(bot()), aNotice({ moment: 'started' }), SECRETS);
    expect(first).toEqual({ kind: 'taken', why: 'answered ok', thread: '1700000000.000001' });
    const thread = '1700000000.000001';
    const waiting = await sendTo(aListener(bot()), aNotice({ moment: 'waiting', thread }), SECRETS);
    expect(waiting).toMatchObject({ kind: 'taken', thread });
    await sendTo(aListener(bot()), aNotice({ thread }), SECRETS);
    expect(service.got.map(({ body }) => body)).toMatchObject([
      { channel: '#releases' },
      { thread_ts: thread, reply_broadcast: false },
      { thread_ts: thread, reply_broadcast: true },
    ]);
    expect(service.got[0]?.body).not.toHaveProperty('thread_ts');
  });

  it.each([
    ['invalid_auth', 'refused'],
    ['channel_not_found', 'refused'],
    ['ratelimited', 'delayed'],
    ['internal_error', 'delayed'],
  ])('that is told %s: %s', async (error, kind) => {
    said = { status: 200, body: { ok: false, error } };
    expect(await sendTo(aListener(bot()), aNotice(), SECRETS)).toMatchObject({
      kind,
      why: expect.stringContaining(`answered ${error}`) as string,
    });
  });

  it('with a wrong token or channel is refused, and its token is not shown', async () => {
    const wrong = { ...SECRETS, OTHER: 'xoxb-wrong-secret' };
    const sent = await sendTo(aListener(bot({ env: 'OTHER' })), aNotice(), wrong);
    expect(sent).toEqual({
      kind: 'refused',
      why: 'answered invalid_auth (install the app anew, and keep its bot token in place of this one)',
    });
    const elsewhere = await sendTo(aListener(bot({ channel: '#nowhere' })), aNotice(), SECRETS);
    expect(elsewhere.why).toMatch(/^answered channel_not_found \(check the name of the channel/);
  });

  it('waits as long as it is asked to', async () => {
    said = { status: 429, headers: { 'retry-after': '30' } };
    const sent = await sendTo(aListener(bot()), aNotice(), SECRETS);
    expect(sent).toEqual({ kind: 'delayed', why: 'answered 429', afterMs: 30_000 });
  });
});

describe('an incoming webhook of Slack', () => {
  const incoming: SlackChannel = { kind: 'slack', by: { webhook: { env: 'URL_IN' } } };
  const secrets = (): Readonly<Record<string, string>> => ({ URL_IN: `${service.url}${SLACK_HOOK}` });

  it('gets a message with a link', async () => {
    const listener = aListener(incoming, { link: 'https://c.example/{{name}}?r={{release}}' });
    expect(await sendTo(listener, aNotice(), secrets())).toMatchObject({ kind: 'taken' });
    expect(service.got[0]?.body).toMatchObject({
      blocks: [
        { type: 'header', text: { text: 'shop: release 12 is rolled back' } },
        { type: 'section' },
        { type: 'context', elements: [{ text: '<https://c.example/shop?r=12>' }] },
      ],
    });
  });

  it('gets no more than it takes, whatever is to be said', async () => {
    const long = aNotice({ reason: '<&>'.repeat(3_000), findings: ['x'.repeat(9_000)] });
    expect(await sendTo(aListener(incoming), long, secrets())).toMatchObject({ kind: 'taken' });
  });
});
