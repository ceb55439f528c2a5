import { afterEach, beforeEach, expect, it } from 'vitest';
import { aRollout } from '../../test/engine/rollouts.ts';
import type { Failure } from '../base/failure.ts';
import type { Listener } from '../rollout/model-notify.ts';
import { localSecrets } from '../system/secret.ts';
import { aListener } from './testing/notices.ts';
import { fakeService, type FakeService } from './testing/service.ts';
import { strictPagerDuty } from './testing/strict.ts';
import { tryListeners } from './trial.ts';

let service: FakeService;

beforeEach(async () => {
  service = await fakeService((got) =>
    got.path === '/v2/enqueue' ? strictPagerDuty(got) : { status: got.path === '/gone' ? 410 : 204 },
  );
});

afterEach(() => {
  service.close();
});

const hook = (name: string): Listener =>
  aListener(
    { kind: 'webhook', url: { plain: `${service.url}/${name}` }, format: 'json', headers: {} },
    { name },
  );

const pager = (): Listener =>
  aListener(
    { kind: 'pagerDuty', routingKey: { env: 'KEY' }, severity: 'error', address: service.url },
    { name: 'pager' },
  );

function tryOn(notify: readonly Listener[], listener?: string) {
  return tryListeners(
    {
      rollout: aRollout({ notify }),
      status: { releases: 3 },
      ...(listener === undefined ? {} : { listener }),
    },
    {
      secretAt: localSecrets({ KEY: '0123456789abcdef0123456789abcdef' }),
      now: Date.now,
      signal: new AbortController().signal,
    },
  );
}

it('each listener is told that it is a test, and what it answers is said', async () => {
  expect(await tryOn([hook('team'), hook('gone')])).toEqual([
    { listener: 'team', channel: 'webhook', came: 'taken', answer: 'answered 204' },
    {
      listener: 'gone',
      channel: 'webhook',
      came: 'refused',
      answer: expect.stringMatching(/^answered 410 \(check/) as string,
    },
  ]);
  expect(service.got[0]?.body).toMatchObject({
    title: 'shop: a test',
    reason: 'this is a test; nothing has happened',
  });
});

it('an alert that is raised for it is closed at once', async () => {
  expect(await tryOn([pager()])).toMatchObject([{ came: 'taken' }]);
  expect(service.got.map(({ body }) => body)).toMatchObject([
    { event_action: 'trigger' },
    { event_action: 'resolve' },
  ]);
});

it('one alone is tried by its name', async () => {
  expect(await tryOn([hook('team'), hook('other')], 'other')).toHaveLength(1);
  expect(service.got.map(({ path }) => path)).toEqual(['/other']);
});

it.each([
  { names: [], message: 'shop has no listeners', hint: 'add them to spec.notify' },
  {
    names: ['team'],
    listener: 'taem',
    message: 'shop has no listener taem',
    hint: 'there are: team',
  },
])('of $names, $listener is refused', ({ names, listener, message, hint }) => {
  const refused = (): Failure | undefined => {
    try {
      void tryOn(names.map(hook), listener);
      return undefined;
    } catch (cause) {
      return cause as Failure;
    }
  };
  expect(refused()).toMatchObject({ code: 'notFound', message });
  expect(refused()?.hint).toContain(hint);
});
