import { isJsonObject, type JsonObject } from '../../base/json.ts';
import { isSameJson } from '../../base/same-json.ts';
import { FIELD_MANAGER } from '../../kube/names.ts';

/** Says whether a Deployment is looked after, and new templates of it are to be held back. */
export type IsHeld = (namespace: string, name: string) => boolean | Promise<boolean>;

const API = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' } as const;

const PAUSE = [{ op: 'add', path: '/spec/paused', value: true }] as const;

/**
 * The answer to an AdmissionReview: yes, whatever it is; with `spec.paused` where a new template comes to a Deployment
 * that is looked after. Undefined when it asks nothing that could be answered. Rejects as `isHeld` does.
 */
export async function reviewed(review: unknown, isHeld: IsHeld): Promise<JsonObject | undefined> {
  const request = isJsonObject(review) ? review['request'] : undefined;
  if (!isJsonObject(request) || typeof request['uid'] !== 'string') return undefined;
  const { uid } = request;
  if (!(await isToBePaused(request, isHeld))) return { ...API, response: { uid, allowed: true } };
  return {
    ...API,
    response: {
      uid,
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(PAUSE), 'utf8').toString('base64'),
      warnings: ['coalmine releases this template step by step; until that is done the Deployment is paused'],
    },
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
