import { isJsonObject, type JsonObject } from '../../base/json.ts';
import { isSameJson } from '../../base/same-json.ts';
import { FIELD_MANAGER } from '../../kube/names.ts';

/** Says whether a Deployment is looked after, and new templates of it are to be held back. */
export type IsHeld = (namespace: string, name: string) => boolean | Promise<boolean>;

/** Answers an AdmissionReview; undefined when it asks nothing that could be answered. */
export type Reviewer = (review: unknown) => Promise<JsonObject | undefined>;

/** What a review asks about. */
export type ReviewRequest = JsonObject & { readonly uid: string };

const API = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' } as const;

const PAUSE = [{ op: 'add', path: '/spec/paused', value: true }] as const;

/** What is asked; undefined for what is no review. */
export function requestIn(review: unknown): ReviewRequest | undefined {
  const request = isJsonObject(review) ? review['request'] : undefined;
  return isJsonObject(request) && typeof request['uid'] === 'string' ? (request as ReviewRequest) : undefined;
}

/** A yes, with changes and a word to whoever writes. */
export function answerTo(
  { uid }: ReviewRequest,
  {
    patch = [],
    warnings,
  }: { readonly patch?: readonly object[]; readonly warnings?: readonly string[] } = {},
): JsonObject {
  const changes = {
    patchType: 'JSONPatch',
    patch: Buffer.from(JSON.stringify(patch), 'utf8').toString('base64'),
  };
  return {
    ...API,
    response: {
      uid,
      allowed: true,
      ...(patch.length === 0 ? {} : changes),
      ...(warnings === undefined ? {} : { warnings }),
    },
  };
}

/**
 * Answers reviews of Deployments: yes, whatever it is; with `spec.paused` where a new template comes to one that is looked
 * after. Rejects as `isHeld` does.
 */
export function holdReview(isHeld: IsHeld): Reviewer {
  return async (review) => {
    const request = requestIn(review);
    if (request === undefined) return undefined;
    if (!(await isToBePaused(request, isHeld))) return answerTo(request);
    const warning =
      'coalmine releases this template step by step; until that is done the Deployment is paused';
    return answerTo(request, { patch: PAUSE, warnings: [warning] });
  };
}

async function isToBePaused(request: JsonObject, isHeld: IsHeld): Promise<boolean> {
  const { namespace, name, operation, options } = request;
  if (operation !== 'UPDATE' || typeof namespace !== 'string' || typeof name !== 'string') return false;
  // What coalmine itself writes it means.
  if (isJsonObject(options) && options['fieldManager'] === FIELD_MANAGER) return false;
  const [before, after] = [specOf(request['oldObject']), specOf(request['object'])];
  if (after['paused'] === true || isSameJson(before['template'], after['template'])) return false;
  return isHeld(namespace, name);
}

function specOf(object: unknown): JsonObject {
  const spec = isJsonObject(object) ? object['spec'] : undefined;
  return isJsonObject(spec) ? spec : {};
}
