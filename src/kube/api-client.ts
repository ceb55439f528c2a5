import { isJsonObject, type JsonObject } from '../base/json.ts';
import type { ClusterAccess } from './access.ts';
import { ApiError, isApiError } from './api-error.ts';
import type {
  Applied,
  Change,
  Deletion,
  KubeClient,
  NewObject,
  Page,
  Patch,
  Selection,
  WatchStart,
} from './client.ts';
import { connectionsTo } from './connections.ts';
import { objectIn, objectsIn, textIn } from './json-fields.ts';
import { FIELD_MANAGER } from './names.ts';
import { keyText, type KubeObject, type ObjectKey } from './object.ts';
import { apiVersionOf, pathOf, typeOf, type Resource } from './resource.ts';
import { send, type Asked, type Wire } from './sending.ts';
import { watchOnce } from './watch-once.ts';

const PAGE_SIZE = 500;

/** Limits of a client, in milliseconds. */
export interface ClientLimits {
  /** How long one attempt may take. */
  readonly attemptMs?: number;
  /** How long a request may take with all its attempts. */
  readonly deadlineMs?: number;
  /** How long one watch lasts: a connection that died unseen is missed for a little longer at most. */
  readonly watchMs?: number;
}

/** A client of the API server that is reached so. */
export function kubeClient(access: ClusterAccess, limits: ClientLimits = {}): KubeClient {
  return new ApiClient(access, limits);
}

class ApiClient implements KubeClient {
  readonly #wire: Wire;
  readonly #watchMs: number;

  constructor(access: ClusterAccess, limits: ClientLimits) {
    const { attemptMs = 20_000, deadlineMs = 45_000, watchMs = 80_000 } = limits;
    this.#wire = { access, connections: connectionsTo(access), attemptMs, deadlineMs };
    this.#watchMs = watchMs;
  }

  async get<T extends KubeObject>(
    of: Resource<T>,
    key: ObjectKey,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const asked = { ...about('get', of, key), method: 'GET', repeatable: true } as const;
    return absent(this.#object<T>(asked, signal), undefined);
  }

  async *pages<T extends KubeObject>(
    of: Resource<T>,
    { pageSize = PAGE_SIZE, ...selection }: Selection,
    signal: AbortSignal,
  ): AsyncGenerator<Page<T>> {
    for (let next: string | undefined = ''; next !== undefined;) {
      const query = { ...selected(selection), limit: String(pageSize), continue: next || undefined };
      const asked = { ...about('list', of, selection), method: 'GET', query, repeatable: true } as const;
      const said = await send(this.#wire, asked, signal);
      const { page, more } = pageOf<T>(said, of);
      yield page;
      next = more;
    }
  }

  async list<T extends KubeObject>(
    of: Resource<T>,
    selection: Selection,
    signal: AbortSignal,
  ): Promise<Page<T>> {
    const items: T[] = [];
    let resourceVersion = '';
    for await (const page of this.pages(of, selection, signal)) {
      items.push(...page.items);
      resourceVersion = page.resourceVersion;
    }
    return { items, resourceVersion };
  }

  watch<T extends KubeObject>(
    of: Resource<T>,
    { resourceVersion, ...selection }: WatchStart,
    signal: AbortSignal,
  ): AsyncGenerator<Change<T>> {
    const query = { ...selected(selection), resourceVersion };
    const asked = { ...about('watch', of, selection), method: 'GET', query, repeatable: true } as const;
    return watchOnce<T>({ wire: this.#wire, asked, longestMs: this.#watchMs }, signal);
  }

  async create<T extends KubeObject>(of: Resource<T>, object: NewObject<T>, signal: AbortSignal): Promise<T> {
    const { metadata } = object;
    const name = 'name' in metadata ? metadata.name : `${metadata.generateName}…`;
    const where = inNamespace(metadata.namespace);
    // Below an object that is there, its name belongs to the path.
    const path = pathOf(of, of.subresource === undefined ? where : { ...where, name });
    const asked = { ...about('create', of, { ...where, name }), path, method: 'POST' } as const;
    const query = { fieldManager: FIELD_MANAGER };
    return this.#object<T>(
      { ...asked, query, body: { ...typeOf(of), ...object }, repeatable: false },
      signal,
    );
  }

  async replace<T extends KubeObject>(of: Resource<T>, object: T, signal: AbortSignal): Promise<T> {
    const asked = { ...about('replace', of, object.metadata), method: 'PUT' } as const;
    const query = { fieldManager: FIELD_MANAGER };
    // Bound to a version, a second one is a conflict with the first: the caller looks again.
    return this.#object<T>(
      { ...asked, query, body: { ...typeOf(of), ...object }, repeatable: false },
      signal,
    );
  }

  async patch<T extends KubeObject>(of: Resource<T>, patch: Patch<T>, signal: AbortSignal): Promise<T> {
    const { fieldManager = FIELD_MANAGER, dryRun } = patch;
    const asked = { ...about('patch', of, patch), method: 'PATCH', ...patchBody(patch) } as const;
    const query = { fieldManager, ...dry(dryRun) };
    return this.#object<T>({ ...asked, query, repeatable: !('json' in patch) }, signal);
  }

  async apply<T extends KubeObject>(of: Resource<T>, applied: Applied<T>, signal: AbortSignal): Promise<T> {
    const { object, force = false, fieldManager = FIELD_MANAGER, dryRun } = applied;
    const asked = { ...about('apply', of, object.metadata), method: 'PATCH' } as const;
    const query = { fieldManager, force: String(force), ...dry(dryRun) };
    const contentType = 'application/apply-patch+yaml';
    const body = { ...typeOf(of), ...object };
    return this.#object<T>({ ...asked, query, body, contentType, repeatable: true }, signal);
  }

  async delete(of: Resource, deletion: Deletion, signal: AbortSignal): Promise<boolean> {
    const { uid, resourceVersion, propagation = 'Background', graceSeconds } = deletion;
    const body = {
      propagationPolicy: propagation,
      gracePeriodSeconds: graceSeconds,
      preconditions: { uid, resourceVersion },
    };
    const asked = { ...about('delete', of, deletion), method: 'DELETE', body } as const;
    // By its name alone a second one could meet another object.
    const repeatable = uid !== undefined;
    return absent(
      send(this.#wire, { ...asked, repeatable }, signal).then(() => true),
      false,
    );
  }

  async served(apiVersion: string, signal: AbortSignal): Promise<readonly string[]> {
    const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const asked = { method: 'GET', path, what: `tell what ${apiVersion} has`, repeatable: true } as const;
    const said = await absent(send(this.#wire, asked, signal), undefined);
    const kinds = isJsonObject(said) ? objectsIn(said, 'resources') : [];
    // A slash is in the names of subresources.
    return kinds.flatMap((one) => textIn(one, 'name') ?? []).filter((name) => !name.includes('/'));
  }

  async version(signal: AbortSignal): Promise<string> {
    const asked = { method: 'GET', path: '/version', what: 'tell its version', repeatable: true } as const;
    const said = await send(this.#wire, asked, signal);
    return isJsonObject(said) ? (textIn(said, 'gitVersion') ?? '') : '';
  }

  async close(): Promise<void> {
    await this.#wire.connections.close();
  }

  async #object<T extends KubeObject>(asked: Asked, signal: AbortSignal): Promise<T> {
    const said = await send(this.#wire, asked, signal);
    if (!isJsonObject(said)) throw new ApiError('unreachable', `the answer to "${asked.what}" is no object`);
    return said as unknown as T;
  }
}

/** What is sent of them, or answered, is for nobody else. */
const SECRET_PLURALS: readonly string[] = ['secrets', 'tokenreviews'];

function about(verb: string, of: Resource, key: Partial<ObjectKey>): Pick<Asked, 'path' | 'what' | 'secret'> {
  const { namespace, name } = key;
  const kind = of.subresource === undefined ? of.plural : `${of.plural}/${of.subresource}`;
  const which =
    name === undefined ? (namespace ?? 'of all namespaces') : keyText({ ...inNamespace(namespace), name });
  return {
    path: pathOf(of, key),
    what: `${verb} ${kind} ${which}`,
    secret: SECRET_PLURALS.includes(of.plural),
  };
}

function inNamespace(namespace: string | undefined): { readonly namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

function selected({ labels, fields }: Selection): Readonly<Record<string, string | undefined>> {
  return { labelSelector: labels, fieldSelector: fields };
}

function dry(dryRun: boolean | undefined): { readonly dryRun?: string } {
  return dryRun === true ? { dryRun: 'All' } : {};
}

function patchBody<T>(patch: Patch<T>): Pick<Asked, 'body' | 'contentType'> {
  if ('json' in patch) return { body: patch.json, contentType: 'application/json-patch+json' };
  if ('merge' in patch) return { body: patch.merge, contentType: 'application/merge-patch+json' };
  return { body: patch.strategic, contentType: 'application/strategic-merge-patch+json' };
}

/** What a list says. Its items do not say what they are, so they are told. */
function pageOf<T extends KubeObject>(
  said: unknown,
  of: Resource<T>,
): { readonly page: Page<T>; readonly more: string | undefined } {
  const list: JsonObject = isJsonObject(said) ? said : {};
  const metadata = objectIn(list, 'metadata');
  const resourceVersion = textIn(metadata, 'resourceVersion');
  if (!Array.isArray(list['items']) || resourceVersion === undefined)
    throw new ApiError('unreachable', `the list of ${of.plural} is no list`);
  const type = { apiVersion: apiVersionOf(of), kind: of.kind };
  const items = (list['items'] as readonly T[]).map((item) => ({ ...type, ...item }));
  return { page: { items, resourceVersion }, more: textIn(metadata, 'continue') };
}

/** What is not there is an answer. */
async function absent<T, N>(work: Promise<T>, none: N): Promise<T | N> {
  return work.catch((error: unknown) => {
    if (isApiError(error, 'notFound')) return none;
    throw error;
  });
}
