import type { JsonObject } from '../base/json.ts';
import { isJsonObject } from '../base/json.ts';

const LONGEST_DETAIL = 500;

/** What an authority says is wrong (RFC 7807). */
export interface AuthorityProblem {
  /** The last part of its URN, as in `rateLimited`. */
  readonly type: string;
  readonly detail: string;
}

/** The problem that a body tells of, with what it says of single hosts. */
export function problemOf(body: JsonObject, status: number): AuthorityProblem {
  const type = textOf(body, 'type').split(':').at(-1) ?? '';
  const parts = Array.isArray(body['subproblems']) ? (body['subproblems'] as readonly unknown[]) : [];
  const details = [body, ...parts.filter(isJsonObject)].map((part) => textOf(part, 'detail'));
  // It ends up in logs and on screens.
  const detail = [...new Set(details)]
    .filter((one) => one !== '')
    .join('; ')
    .replace(/[^\x20-\x7e]/g, '?');
  return {
    type: type === '' ? `status ${status}` : type,
    detail: detail === '' ? 'it does not say why' : detail.slice(0, LONGEST_DETAIL),
  };
}

/** A text of an object; empty when there is none. */
export function textOf(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === 'string' ? value : '';
}
