const QUICK_MS = 30_000;
/** Pinning an artefact may run a build; sending one may take as long. */
const BUILD_MS = 30 * 60_000;
/** Winding down waits for every process to drain. */
const DRAIN_MS = 10 * 60_000;

/** One operation as a request. `path` holds `:name` and `:number` where values go. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** How long the server works at an answer. Live streams: how long it takes to begin. */
  readonly timeoutMs: number;
}

const ROLLOUT = '/api/v1/rollouts/:name';

/** Where each operation is found; server and client both read it, so that they cannot differ. */
export const ENDPOINTS = {
  system: { method: 'GET', path: '/api/v1/system', timeoutMs: QUICK_MS },
  list: { method: 'GET', path: '/api/v1/rollouts', timeoutMs: QUICK_MS },
  get: { method: 'GET', path: ROLLOUT, timeoutMs: QUICK_MS },
  plan: { method: 'POST', path: '/api/v1/plan', timeoutMs: BUILD_MS },
  apply: { method: 'PUT', path: ROLLOUT, timeoutMs: BUILD_MS },
  release: { method: 'POST', path: `${ROLLOUT}/releases`, timeoutMs: BUILD_MS },
  releaseGroup: { method: 'POST', path: '/api/v1/groups/:name/releases', timeoutMs: BUILD_MS },
  steer: { method: 'POST', path: `${ROLLOUT}/steer`, timeoutMs: QUICK_MS },
  approve: { method: 'POST', path: `${ROLLOUT}/approvals`, timeoutMs: QUICK_MS },
  restart: { method: 'POST', path: `${ROLLOUT}/restart`, timeoutMs: DRAIN_MS },
  scale: { method: 'PUT', path: `${ROLLOUT}/scale`, timeoutMs: QUICK_MS },
  maintain: { method: 'PUT', path: `${ROLLOUT}/maintenance`, timeoutMs: QUICK_MS },
  remove: { method: 'DELETE', path: ROLLOUT, timeoutMs: DRAIN_MS },
  history: { method: 'GET', path: `${ROLLOUT}/releases`, timeoutMs: QUICK_MS },
  ticks: { method: 'GET', path: `${ROLLOUT}/releases/:number/ticks`, timeoutMs: QUICK_MS },
  events: { method: 'GET', path: '/api/v1/events', timeoutMs: QUICK_MS },
  logs: { method: 'GET', path: `${ROLLOUT}/logs`, timeoutMs: QUICK_MS },
  stream: { method: 'GET', path: '/api/v1/stream', timeoutMs: QUICK_MS },
  upload: { method: 'POST', path: '/api/v1/uploads', timeoutMs: BUILD_MS },
  createToken: { method: 'POST', path: '/api/v1/tokens', timeoutMs: QUICK_MS },
  listTokens: { method: 'GET', path: '/api/v1/tokens', timeoutMs: QUICK_MS },
  revokeToken: { method: 'DELETE', path: '/api/v1/tokens/:name', timeoutMs: QUICK_MS },
  shutDown: { method: 'POST', path: '/api/v1/shutdown', timeoutMs: DRAIN_MS },
} as const satisfies Readonly<Record<string, Endpoint>>;

/** The path of one request: each value in its place, escaped. */
export function pathOf(endpoint: Endpoint, values: Readonly<Record<string, string | number>> = {}): string {
  return endpoint.path.replace(/:([a-z]+)/g, (_, key: string) =>
    encodeURIComponent(String(values[key] ?? '')),
  );
}
