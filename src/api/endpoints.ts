import type { Views } from './resources.ts';

const QUICK_MS = 30_000;
/** A service may take its time with each message, and an alert is two. */
const TRIAL_MS = 30_000;
/** Pinning an artefact may run a build; sending one may take as long. */
const BUILD_MS = 30 * 60_000;
/** Winding down waits for every process to drain. */
const DRAIN_MS = 10 * 60_000;

/** One operation as a request. `path` holds `:name`, `:number` and `:id` where values go. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** What it does, in a sentence. */
  readonly summary: string;
  /** The type of what it answers, of the items of a list or of a stream; absent: nothing. */
  readonly answer?: keyof Views | `${keyof Views}[]`;
  /** True: it is done on condition that the Rollout is as it was seen, where `If-Match` asks for that. */
  readonly isConditional?: true;
  /** True: with an `Idempotency-Key` it is done once, however often it is sent, and its answer is kept for a day. */
  readonly isKeyed?: true;
  /** The fields of what is sent that are written down with who asked for it: they can hold no secret. */
  readonly audited?: readonly string[];
  /** How long the server works at an answer. Live streams: how long it takes to begin. */
  readonly timeoutMs: number;
}

/** What an endpoint answers, as a type. */
export type AnswerOf<E extends Endpoint> = E extends { readonly answer: infer A }
  ? A extends keyof Views
    ? Promise<Views[A]>
    : A extends `${infer Item extends keyof Views}[]`
      ? Promise<readonly Views[Item][]>
      : never
  : Promise<void>;

/** Where the OpenAPI document is; made by the build, it is the same for everybody. */
export const OPENAPI_PATH = '/openapi.json';

/** Where the links of `coalmine dashboard` lead. */
export const ENTER_PATH = '/enter';

const SESSION = '/api/v1/session';
const SESSIONS = '/api/v1/sessions';
const ROLLOUT = '/api/v1/rollouts/:name';

/** Where each operation is found; server and client both read it, so that they cannot differ. */
export const ENDPOINTS = {
  system: {
    method: 'GET',
    path: '/api/v1/system',
    summary: 'The control process and the gateway',
    answer: 'SystemView',
    timeoutMs: QUICK_MS,
  },
  list: {
    method: 'GET',
    path: '/api/v1/rollouts',
    summary: 'All Rollouts',
    answer: 'RolloutView[]',
    timeoutMs: QUICK_MS,
  },
  get: {
    method: 'GET',
    path: ROLLOUT,
    summary: 'One Rollout, as it is now',
    answer: 'RolloutView',
    timeoutMs: QUICK_MS,
  },
  plan: {
    method: 'POST',
    path: '/api/v1/plan',
    summary: 'What a release of a document would do',
    answer: 'PlanView',
    timeoutMs: BUILD_MS,
  },
  apply: {
    method: 'PUT',
    path: ROLLOUT,
    summary: 'Declares a Rollout, and releases what it says unless that runs already',
    answer: 'ApplyView',
    isConditional: true,
    audited: ['dryRun', 'insist'],
    timeoutMs: BUILD_MS,
  },
  release: {
    method: 'POST',
    path: `${ROLLOUT}/releases`,
    summary: 'Releases the declared Rollout with some differences',
    answer: 'ApplyView',
    isKeyed: true,
    audited: ['from', 'fromRollout', 'revision', 'insist', 'dryRun'],
    timeoutMs: BUILD_MS,
  },
  releaseGroup: {
    method: 'POST',
    path: '/api/v1/groups/:name/releases',
    summary: 'Releases all Rollouts of a group as one, in the order in which they begin',
    answer: 'ApplyView[]',
    isKeyed: true,
    audited: ['from', 'fromRollout', 'revision', 'insist', 'dryRun'],
    timeoutMs: BUILD_MS,
  },
  steer: {
    method: 'POST',
    path: `${ROLLOUT}/steer`,
    summary: 'Promotes, pauses, resumes, aborts, retries or undoes a release',
    answer: 'RolloutView',
    isConditional: true,
    isKeyed: true,
    audited: ['verb', 'full', 'to', 'insist'],
    timeoutMs: QUICK_MS,
  },
  approve: {
    method: 'POST',
    path: `${ROLLOUT}/approvals`,
    summary: 'Says yes or no at a gate that waits for people; safe to repeat',
    answer: 'RolloutView',
    isConditional: true,
    isKeyed: true,
    audited: ['gate', 'reject'],
    timeoutMs: QUICK_MS,
  },
  restart: {
    method: 'POST',
    path: `${ROLLOUT}/restart`,
    summary: 'Replaces the stable processes one by one',
    answer: 'RolloutView',
    isKeyed: true,
    timeoutMs: DRAIN_MS,
  },
  scale: {
    method: 'PUT',
    path: `${ROLLOUT}/scale`,
    summary: 'Changes how many stable processes there are',
    answer: 'RolloutView',
    isConditional: true,
    audited: ['replicas'],
    timeoutMs: QUICK_MS,
  },
  maintain: {
    method: 'PUT',
    path: `${ROLLOUT}/maintenance`,
    summary: 'Closes a Rollout to its users, or opens it again',
    answer: 'RolloutView',
    isConditional: true,
    audited: ['on'],
    timeoutMs: QUICK_MS,
  },
  tryListeners: {
    method: 'POST',
    path: `${ROLLOUT}/listeners/trial`,
    summary: 'Sends listeners a message that tells of nothing, and says what they answer',
    answer: 'TriedListener[]',
    timeoutMs: TRIAL_MS,
  },
  remove: {
    method: 'DELETE',
    path: ROLLOUT,
    summary: 'Winds a Rollout down; answers once nothing of it runs',
    isConditional: true,
    timeoutMs: DRAIN_MS,
  },
  history: {
    method: 'GET',
    path: `${ROLLOUT}/releases`,
    summary: 'Its ended releases, newest first',
    answer: 'HistoryView[]',
    timeoutMs: QUICK_MS,
  },
  ticks: {
    method: 'GET',
    path: `${ROLLOUT}/releases/:number/ticks`,
    summary: 'The evidence of a release, tick by tick',
    answer: 'TickView[]',
    timeoutMs: QUICK_MS,
  },
  revisions: {
    method: 'GET',
    path: `${ROLLOUT}/revisions`,
    summary: 'Its versions, newest first: when, by whom, and whether they can be run again',
    answer: 'RevisionView[]',
    timeoutMs: QUICK_MS,
  },
  revision: {
    method: 'GET',
    path: `${ROLLOUT}/revisions/:id`,
    summary: 'What a version is made of, and what is different from another',
    answer: 'RevisionDetail',
    timeoutMs: QUICK_MS,
  },
  report: {
    method: 'GET',
    path: `${ROLLOUT}/releases/:number/report`,
    summary: 'The story of a release: what was judged, on what evidence, and what came of it',
    answer: 'ReportView',
    timeoutMs: QUICK_MS,
  },
  events: {
    method: 'GET',
    path: '/api/v1/events',
    summary: 'What happened, oldest first',
    answer: 'EventView[]',
    timeoutMs: QUICK_MS,
  },
  logs: {
    method: 'GET',
    path: `${ROLLOUT}/logs`,
    summary: 'What processes write, a JSON object in a line; an empty line is a sign of life',
    answer: 'LogLine',
    timeoutMs: QUICK_MS,
  },
  stream: {
    method: 'GET',
    path: '/api/v1/stream',
    summary: 'Each Rollout whenever it changes, and each event once, as server-sent events',
    answer: 'StreamMessage',
    timeoutMs: QUICK_MS,
  },
  upload: {
    method: 'POST',
    path: '/api/v1/uploads',
    summary: 'Keeps a file, so that a document may name it',
    answer: 'UploadView',
    timeoutMs: BUILD_MS,
  },
  createToken: {
    method: 'POST',
    path: '/api/v1/tokens',
    summary: 'Makes a token; its secret is in this answer and nowhere else',
    answer: 'CreatedToken',
    audited: ['name', 'role', 'rollouts', 'groups', 'expiresInMs'],
    timeoutMs: QUICK_MS,
  },
  listTokens: {
    method: 'GET',
    path: '/api/v1/tokens',
    summary: 'Every token there ever was, oldest first',
    answer: 'TokenView[]',
    timeoutMs: QUICK_MS,
  },
  revokeToken: {
    method: 'DELETE',
    path: '/api/v1/tokens/:name',
    summary: 'Makes a token worthless',
    answer: 'TokenView',
    timeoutMs: QUICK_MS,
  },
  listSessions: {
    method: 'GET',
    path: SESSIONS,
    summary: 'The sessions of browsers that let in now, newest first',
    answer: 'OpenSession[]',
    timeoutMs: QUICK_MS,
  },
  endSession: {
    method: 'DELETE',
    path: `${SESSIONS}/:id`,
    summary: 'Ends a session of a browser',
    answer: 'OpenSession',
    timeoutMs: QUICK_MS,
  },
  endSessions: {
    method: 'DELETE',
    path: SESSIONS,
    summary: 'Ends the sessions of all browsers, or those of one name; answers which',
    answer: 'OpenSession[]',
    audited: ['name'],
    timeoutMs: QUICK_MS,
  },
  createLink: {
    method: 'POST',
    path: '/api/v1/links',
    summary: 'Makes a link by which one browser comes in, once, within ten minutes',
    answer: 'LinkView',
    timeoutMs: QUICK_MS,
  },
  session: {
    method: 'GET',
    path: SESSION,
    summary: 'Who asks, and what he may do',
    answer: 'SessionView',
    timeoutMs: QUICK_MS,
  },
  logIn: {
    method: 'POST',
    path: SESSION,
    summary: 'Begins the session of a browser for the holder of a token; its cookie is in the answer',
    answer: 'SessionView',
    timeoutMs: QUICK_MS,
  },
  logOut: {
    method: 'DELETE',
    path: SESSION,
    summary: 'Ends the session of a browser',
    timeoutMs: QUICK_MS,
  },
  audit: {
    method: 'GET',
    path: '/api/v1/audit',
    summary: 'Who asked for what, from where, and what came of it, newest first',
    answer: 'AuditView[]',
    timeoutMs: QUICK_MS,
  },
  shutDown: {
    method: 'POST',
    path: '/api/v1/shutdown',
    summary: 'Ends the control process; gateway and workloads too when asked to',
    audited: ['everything'],
    timeoutMs: DRAIN_MS,
  },
} as const satisfies Readonly<Record<string, Endpoint>>;

/** The path of one request: each value in its place, escaped. */
export function pathOf(endpoint: Endpoint, values: Readonly<Record<string, string | number>> = {}): string {
  return endpoint.path.replace(/:([a-z]+)/g, (_, key: string) =>
    encodeURIComponent(String(values[key] ?? '')),
  );
}
