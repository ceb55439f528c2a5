import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Failure } from '../../../src/client/browser.ts';
import type { StreamMessage } from '../../../src/client/index.ts';
import { follow, type Follower } from './follow.ts';

type Serve = (response: ServerResponse, request: IncomingMessage) => void;

let server: Server;
/** What each connection is answered with, one after another; the last one for all that follow. */
let answers: readonly Serve[];
let requests: IncomingMessage[];

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    requests.push(request);
    answers[Math.min(requests.length, answers.length) - 1]?.(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { fetch } = globalThis;
  vi.stubGlobal('document', { querySelector: () => null });
  // A page asks its own server by paths.
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init));
});
afterEach(async () => {
  vi.unstubAllGlobals();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function events(...ids: readonly number[]): string {
  return ids
    .map((id) => `id: ${id}\nevent: event\ndata: ${JSON.stringify({ kind: 'event', event: { id } })}\n\n`)
    .join('');
}

function streaming(text: string, isEnded = true): Serve {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`:\n\n${text}`);
    if (isEnded) response.end();
  };
}

function refusing(status: number, type: string): Serve {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ type, title: type, status, detail: 'not now' }));
  };
}

interface Followed {
  readonly heard: number[];
  readonly lost: Failure[];
  readonly opened: number[];
  readonly ended: Promise<void>;
}

/** Follows until `enough`, or until following ends by itself. */
function followUntil(
  enough: (followed: Omit<Followed, 'ended'>) => boolean,
  more: Partial<Follower> = {},
): Followed {
  const end = new AbortController();
  const seen = { heard: [] as number[], lost: [] as Failure[], opened: [] as number[] };
  const look = (): void => {
    if (enough(seen)) end.abort();
  };
  const ended = follow(
    {
      onOpen: () => Promise.resolve(void seen.opened.push(seen.heard.length)),
      onMessage: (message: StreamMessage) => {
        if (message.kind === 'event') seen.heard.push(message.event.id);
        look();
      },
      onLost: (failure) => {
        seen.lost.push(failure);
        look();
      },
      newestEvent: () => seen.heard.at(-1),
      pause: () => Promise.resolve(),
      ...more,
    },
    end.signal,
  );
  return { ...seen, ended };
}

it('goes on after the last event when a connection is lost', async () => {
  answers = [streaming(events(7, 8)), streaming(events(9), false)];
  const { heard, lost, opened, ended } = followUntil(({ heard }) => heard.includes(9));
  await ended;
  expect(heard).toEqual([7, 8, 9]);
  expect(requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '8']);
  expect(lost).toHaveLength(1);
  expect(opened).toEqual([0, 2]);
});

it('looks again for a server that refuses, and for one that breaks off', async () => {
  answers = [
    refusing(503, 'unreachable'),
    (response) => {
      streaming(events(1), false)(response, requests[0]!);
      setImmediate(() => response.destroy());
    },
    streaming(events(2), false),
  ];
  const { heard, lost, ended } = followUntil(({ heard }) => heard.includes(2));
  await ended;
  expect(heard.at(-1)).toBe(2);
  expect(lost.map(({ code }) => code)).toEqual(['unreachable', 'unreachable']);
});

it.each([
  ['before it begins', refusing(401, 'unauthenticated')],
  [
    'on the way',
    streaming(
      `event: problem\ndata: ${JSON.stringify({ type: 'unauthenticated', title: '', status: 401, detail: 'logged out' })}\n\n`,
    ),
  ],
])('ends by itself when nobody is logged in any more, told %s', async (_, answer) => {
  answers = [answer];
  const { lost, ended } = followUntil(() => false);
  await ended;
  expect(lost.map(({ code }) => code)).toEqual(['unauthenticated']);
});

it('gives a connection up on which it cannot be caught up', async () => {
  answers = [streaming('', false)];
  const { lost, ended } = followUntil(({ lost }) => lost.length === 2, {
    onOpen: () => Promise.reject(new Failure('timedOut', 'the list took too long')),
  });
  await ended;
  expect(lost.map(({ code }) => code)).toEqual(['timedOut', 'timedOut']);
});

it('waits longer after each loss in a row, and begins anew once it was heard', async () => {
  const pauses: number[] = [];
  answers = [
    refusing(503, 'unreachable'),
    refusing(503, 'unreachable'),
    streaming(events(1)),
    streaming(events(2), false),
  ];
  const { ended } = followUntil(({ heard }) => heard.includes(2), {
    pause: (ms) => Promise.resolve(void pauses.push(ms)),
  });
  await ended;
  expect(pauses).toHaveLength(3);
  expect(pauses[1]).toBeGreaterThan(pauses[0]!);
  expect(pauses[2]).toBeLessThan(pauses[1]!);
});
