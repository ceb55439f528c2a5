import { isJsonObject, jsonOrNothing, type JsonObject } from '../../base/json.ts';
import type { GithubChannel, NoticeMoment } from '../../rollout/model-notify.ts';
import type { Channel, Message, Order, Sent } from '../channel.ts';
import { cut } from '../message.ts';
import { byStatus, withPatience, type Reply, type Request, type Service } from '../post.ts';

/** As docs.github.com has it, of a deployment and of a status. */
const MOST_DESCRIPTION = 140;
/** So many of the newest deployments are looked through for that of a release. */
const LOOKED_THROUGH = 100;
const TASK = 'deploy';

const STATES: Readonly<Record<NoticeMoment, string>> = {
  started: 'in_progress',
  paused: 'pending',
  waiting: 'pending',
  promoted: 'success',
  completed: 'success',
  rolledBack: 'failure',
  aborted: 'error',
  failed: 'error',
};

const GITHUB: Service = {
  name: 'GitHub',
  next: {
    401: 'make a token anew, and keep it in place of this one',
    403: 'let the token read and write the deployments of the repository',
    404: 'check repository and address, and that the token may see the repository and write its deployments',
    409: 'look whether the branch can be deployed',
    422: 'check that ref is a branch, tag or commit of the repository',
  },
};

/** Asks the API of one repository. */
type Ask = (request: Request) => Promise<Reply>;

/**
 * Makes a deployment for each release, and gives it a status for each notice. What is there already is not made again:
 * a deployment is known by the release in its payload, a status by what it says.
 */
export const sendGithub: Channel<GithubChannel> = async (settings, order) => {
  const ask = await asking(settings, order);
  const { thread } = order.message.notice;
  const deployment = thread === undefined ? await deploymentOf(settings, order.message, ask) : { id: thread };
  if ('refusal' in deployment) return deployment.refusal;
  return statusOf(deployment.id, order.message, ask);
};

async function asking(
  { address, repository, token }: GithubChannel,
  { secretAt, post }: Order,
): Promise<Ask> {
  const headers = {
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${await secretAt(token).read()}`,
    'x-github-api-version': '2022-11-28',
    'user-agent': 'coalmine',
  };
  return (request) => post({ ...request, url: `${address}/repos/${repository}${request.url}`, headers });
}

type Found = { readonly id: string } | { readonly refusal: Sent };

async function deploymentOf(settings: GithubChannel, message: Message, ask: Ask): Promise<Found> {
  const query = new URLSearchParams({
    environment: settings.environment,
    task: TASK,
    per_page: String(LOOKED_THROUGH),
  });
  const listed = await ask({ url: `/deployments?${query.toString()}`, method: 'GET' });
  if (listed.status !== 200) return { refusal: byLimits(listed) };
  const known = itemsIn(listed).find(({ payload }) => releaseIn(payload) === message.releaseKey);
  return known === undefined ? newDeployment(settings, message, ask) : idIn(known);
}

async function newDeployment(settings: GithubChannel, message: Message, ask: Ask): Promise<Found> {
  const made = await ask({
    url: '/deployments',
    body: {
      ref: message.fill(settings.ref),
      task: TASK,
      // Whether it may be deployed is decided here.
      auto_merge: false,
      required_contexts: [],
      environment: settings.environment,
      description: cut(`release ${message.notice.release} of ${message.rollout}`, MOST_DESCRIPTION),
      payload: { coalmine: message.releaseKey },
    },
  });
  return made.status === 201 ? idIn(jsonOrNothing(made.text)) : { refusal: byLimits(made) };
}

/** A payload is given back as it was sent, or as its JSON. */
function releaseIn(payload: unknown): unknown {
  const sent = typeof payload === 'string' ? jsonOrNothing(payload) : payload;
  return isJsonObject(sent) ? sent['coalmine'] : undefined;
}

function idIn(deployment: unknown): Found {
  const id = isJsonObject(deployment) ? deployment['id'] : undefined;
  if (typeof id === 'number') return { id: String(id) };
  return { refusal: { kind: 'delayed', why: 'answered with no deployment' } };
}

async function statusOf(id: string, message: Message, ask: Ask): Promise<Sent> {
  const { title, link, notice } = message;
  const status = { state: STATES[notice.moment], description: cut(title, MOST_DESCRIPTION) };
  const url = `/deployments/${encodeURIComponent(id)}/statuses`;
  const listed = await ask({ url: `${url}?per_page=1`, method: 'GET' });
  if (listed.status !== 200) return byLimits(listed);
  const taken: Sent = { kind: 'taken', why: `deployment ${id} is ${status.state}`, thread: id };
  const [newest] = itemsIn(listed);
  if (newest?.['state'] === status.state && newest['description'] === status.description) return taken;
  const made = await ask({
    url,
    body: { ...status, ...(link === undefined ? {} : { log_url: link }), auto_inactive: true },
  });
  return made.status === 201 ? taken : byLimits(made);
}

function itemsIn({ text }: Reply): readonly JsonObject[] {
  const items = jsonOrNothing(text);
  return Array.isArray(items) ? items.filter(isJsonObject) : [];
}

/** Too many requests are told as a refusal, too, and until when by a header of its own. */
function byLimits(reply: Reply): Sent {
  const isOut = reply.header('x-ratelimit-remaining') === '0';
  const isLimit =
    reply.status === 403 && (reply.retryAfterMs !== undefined || isOut || /rate limit/i.test(reply.text));
  const limited = isLimit ? { ...reply, status: 429 } : reply;
  if (limited.status !== 429 || !isOut || reply.retryAfterMs !== undefined) return byStatus(limited, GITHUB);
  return byStatus(
    withPatience(limited, Number(reply.header('x-ratelimit-reset')) - Date.now() / 1_000),
    GITHUB,
  );
}
