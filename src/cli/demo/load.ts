import { Agent, request } from 'node:http';

/** After so long without a sign clients give up. */
const PATIENCE_MS = 10_000;

/** What the clients of one version saw. */
export interface Seen {
  requests: number;
  errors: number;
}

/** Clients that ask at a steady pace, whatever the answers are, and note who answered and how. */
export interface Load {
  /** By the version that answered; `nobody` for requests without an answer. */
  readonly seen: ReadonlyMap<string, Seen>;
  /** What went wrong, in words, and how often. */
  readonly problems: ReadonlyMap<string, number>;
  /** Stops asking; waits for answers under way. */
  stop(): Promise<void>;
}

/**
 * Asks `url` so many times a second until stopped, each time as another visitor, who may order something then. Open
 * loop: a slow answer does not slow the asking.
 */
export function startLoad(url: string, perSecond: number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const seen = new Map<string, Seen>();
  const problems = new Map<string, number>();
  const underWay = new Set<Promise<unknown>>();
  const startedAt = performance.now();
  let asked = 0;

  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond);
    for (; asked < due; asked += 1) {
      const one: Promise<unknown> = visit({ url, agent, visitor: `visitor-${asked}` }, (answer) => {
        note(seen, answer);
        const { problem } = answer;
        if (problem !== undefined) problems.set(problem, (problems.get(problem) ?? 0) + 1);
      }).then(() => underWay.delete(one));
      underWay.add(one);
    }
  }, 5);

  return {
    seen,
    problems,
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      agent.destroy();
    },
  };
}

interface Answer {
  readonly version: string;
  /** Absent: none. */
  readonly problem?: string;
  /** Where the visitor orders; absent: goes away. */
  readonly next?: string;
}

interface Visit {
  readonly url: string;
  readonly agent: Agent;
  readonly visitor: string;
}

async function visit(who: Visit, onAnswer: (answer: Answer) => void): Promise<void> {
  const answer = await ask(who, 'GET');
  onAnswer(answer);
  if (answer.next === undefined) return;
  onAnswer(await ask({ ...who, url: new URL(answer.next, who.url).href }, 'POST'));
}

function ask({ url, agent, visitor }: Visit, method: 'GET' | 'POST'): Promise<Answer> {
  return new Promise((resolve) => {
    const fail = (error: Error): void => {
      resolve({ version: 'nobody', problem: `${method}: ${error.message}` });
    };
    const options = { method, agent, timeout: PATIENCE_MS, headers: { cookie: `visitor=${visitor}` } };
    const asking = request(url, options, (response) => {
      response.resume();
      response.on('error', fail);
      response.on('end', () => {
        const { 'x-version': version, 'x-next': next } = response.headers;
        const status = response.statusCode ?? 0;
        resolve({
          version: typeof version === 'string' ? version : 'nobody',
          ...(status >= 500 ? { problem: `${method}: status ${status}` } : {}),
          ...(typeof next === 'string' ? { next } : {}),
        });
      });
    });
    asking.on('timeout', () => asking.destroy(new Error(`no answer in ${PATIENCE_MS / 1_000} s`)));
    asking.on('error', fail);
    asking.end();
  });
}

function note(seen: Map<string, Seen>, { version, problem }: Answer): void {
  const entry = seen.get(version) ?? { requests: 0, errors: 0 };
  entry.requests += 1;
  if (problem !== undefined) entry.errors += 1;
  seen.set(version, entry);
}
