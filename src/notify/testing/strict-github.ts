import { isJsonObject, type JsonObject } from '../../base/json.ts';
import type { Got, Said } from './service.ts';
import { isText, objectIn, type Rules } from './strict.ts';
import { misfitsBy, VENDORS } from './vendor-schemas.ts';

const misfitsOfDeployment = misfitsBy(VENDORS.githubDeployment.sent);
const misfitsOfStatus = misfitsBy(VENDORS.githubStatus.sent);

const DOCS = 'https://docs.github.com/rest/deployments';
const MADE = {
  created_at: '2026-11-30T12:00:00Z',
  updated_at: '2026-11-30T12:00:00Z',
  creator: { login: 'coalmine' },
};

type Deployment = JsonObject & { readonly id: number; readonly environment: string };

/** The repository acme/shop of GitHub, with its deployments and their statuses, the newest first. */
export class StrictGithub {
  readonly deployments: Deployment[] = [];
  readonly statuses = new Map<string, JsonObject[]>();

  readonly rules: Rules = (got) => {
    const { headers, path, method } = got;
    if (!/^(Bearer|token) ghp-secret$/.test(headers.authorization ?? '')) return says(401, 'Bad credentials');
    if (headers['user-agent'] === undefined) return says(403, 'Request forbidden by administrative rules');
    if (!/json/.test(headers.accept ?? '')) return says(415, 'Unsupported Media Type');
    const { pathname, searchParams } = new URL(path, 'http://x');
    const at = /^\/repos\/acme\/shop\/deployments(?:\/(\d+)\/statuses)?$/.exec(pathname);
    if (at === null) return says(404, 'Not Found');
    const most = Number(searchParams.get('per_page') ?? 30);
    if (at[1] !== undefined) return this.#status(at[1], got, most);
    if (method === 'POST') return this.#deploy(got.body);
    const wanted = (one: JsonObject): boolean =>
      ['environment', 'task', 'ref'].every((name) => (searchParams.get(name) ?? one[name]) === one[name]);
    return { status: 200, body: this.deployments.filter(wanted).slice(0, most) };
  };

  #deploy(body: unknown): Said {
    const [misfit] = misfitsOfDeployment(body);
    if (misfit !== undefined) return says(422, 'Validation Failed', misfit);
    const { ref, auto_merge: merge = true, required_contexts: contexts, ...rest } = objectIn(body);
    const { description = null, environment = 'production', task = 'deploy', payload = {} } = rest;
    if (!isText(ref, 255) || !isText(environment, 255)) return says(422, 'Validation Failed');
    if (description !== null && !isText(description, 140))
      return says(422, 'Validation Failed', 'description is too long (maximum is 140 characters)');
    if (ref === 'nowhere') return says(422, 'No ref found for: nowhere');
    if (merge === true) return says(202, 'Auto-merged main into topic on deployment.');
    if (!Array.isArray(contexts) || contexts.length > 0)
      return says(409, 'Conflict: Commit status checks failed');
    const id = this.deployments.length + 1;
    const url = `https://api.github.com/repos/acme/shop/deployments/${id}`;
    const made = {
      ...MADE,
      id,
      node_id: `DE_${id}`,
      sha: '0123456789abcdef0123456789abcdef01234567',
      ref,
      task,
      payload,
      environment,
      description,
      original_environment: environment,
      transient_environment: rest['transient_environment'] ?? false,
      production_environment: rest['production_environment'] ?? environment === 'production',
      url,
      statuses_url: `${url}/statuses`,
      repository_url: 'https://api.github.com/repos/acme/shop',
    };
    this.deployments.unshift(made);
    return { status: 201, body: made };
  }

  #status(id: string, { method, body }: Got, most: number): Said {
    const deployment = this.deployments.find((one) => String(one.id) === id);
    if (deployment === undefined) return says(404, 'Not Found');
    if (method === 'GET') return { status: 200, body: (this.statuses.get(id) ?? []).slice(0, most) };
    const [misfit] = misfitsOfStatus(body);
    if (misfit !== undefined || !isJsonObject(body)) return says(422, 'Validation Failed', misfit);
    const { state, description = '', auto_inactive: ends = true } = body;
    if (description !== '' && !isText(description, 140))
      return says(422, 'Validation Failed', 'description is too long (maximum is 140 characters)');
    if (state === 'success' && ends === true) this.#endOthers(deployment);
    return { status: 201, body: this.#add(deployment, { ...body, state, description }) };
  }

  /** What has succeeded before in the same environment, unless that comes and goes, or is in production. */
  #endOthers({ id, environment }: Deployment): void {
    const isOver = (one: Deployment): boolean =>
      one.id !== id &&
      one.environment === environment &&
      one['transient_environment'] === false &&
      one['production_environment'] === false &&
      this.statuses.get(String(one.id))?.[0]?.['state'] === 'success';
    for (const one of this.deployments.filter(isOver)) this.#add(one, { state: 'inactive', description: '' });
  }

  #add({ id, environment, url }: Deployment, status: JsonObject): JsonObject {
    const before = this.statuses.get(String(id)) ?? [];
    const number = before.length + 1;
    const { log_url: log = '' } = status;
    const made = {
      ...MADE,
      id: number,
      node_id: `DES_${id}_${number}`,
      environment,
      ...status,
      target_url: log,
      deployment_url: url,
      repository_url: 'https://api.github.com/repos/acme/shop',
      url: `${typeof url === 'string' ? url : ''}/statuses/${number}`,
    };
    this.statuses.set(String(id), [made, ...before]);
    return made;
  }
}

function says(status: number, message: string, wrong?: string): Said {
  const errors = wrong === undefined ? {} : { errors: [{ code: 'custom', message: wrong }] };
  return { status, body: { message, documentation_url: DOCS, ...errors, status: String(status) } };
}
