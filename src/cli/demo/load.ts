import { Agent, request } from 'node:http';

/** What the clients of one version saw. */
export interface Seen {
  requests: number;
  errors: number;
}

/** Clients that ask at a steady pace, whatever the answers are, and note who answered and how. */
export interface Load {
  /** By the version that answered; `nobody` for requests without an answer. */
  readonly seen: ReadonlyMap<string, Seen>;
  /** Stops asking; waits for answers under way. */
  stop(): Promise<void>;
}

/** Asks `url` so many times a second until stopped. Open loop: a slow answer does not slow the asking. */
export function startLoad(url: string, perSecond: number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const seen = new Map<string, Seen>();
  const underWay = new Set<Promise<void>>();
  const startedAt = performance.now();
  let asked = 0;

  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond);
    for (; asked < due; asked += 1) {
      const one = ask(url, agent).then((answer) => {
        note(seen, answer);
        underWay.delete(one);
      });
      underWay.add(one);
    }
  }, 5);

  return {
    seen,
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      agent.destroy();
    },
  };
}

interface Answer {
  readonly version: string;
  readonly isError: boolean;
}

function ask(url: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve) => {
    const fail = (): void => {
      resolve({ version: 'nobody', isError: true });
    };
    const asking = request(url, { agent, timeout: 10_000 }, (response) => {
      response.resume();
      response.on('error', fail);
      response.on('end', () => {
        const version = response.headers['x-version'];
        const isError = (response.statusCode ?? 0) >= 500;
        resolve({ version: typeof version === 'string' ? version : 'nobody', isError });
      });
    });
    asking.on('timeout', () => asking.destroy());
    asking.on('error', fail);
    asking.end();
  });
}

function note(seen: Map<string, Seen>, { version, isError }: Answer): void {
  const entry = seen.get(version) ?? { requests: 0, errors: 0 };
  entry.requests += 1;
  if (isError) entry.errors += 1;
  seen.set(version, entry);
}
