import { Failure, type FailureCode } from '../base/failure.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import { objectIn, objectsIn, textIn } from './json-fields.ts';

/** Why the API server does not do what it is asked, in our words. */
export type ApiReason =
  | 'badRequest'
  | 'unauthorized'
  | 'forbidden'
  | 'notFound'
  | 'methodNotAllowed'
  | 'alreadyExists'
  | 'conflict'
  | 'gone'
  | 'tooLarge'
  | 'invalid'
  | 'tooMany'
  | 'internal'
  | 'unavailable'
  | 'timedOut'
  /** It does not answer, or not in a way that is understood. */
  | 'unreachable';

/** One field that something is wrong with, as the API server says it. */
export interface FieldCause {
  /** `FieldValueInvalid`, `FieldManagerConflict`, … */
  readonly reason: string;
  /** As in `spec.replicas` or `.spec.paused`. */
  readonly field: string;
  readonly message: string;
}

interface ErrorDetails {
  readonly status?: number;
  readonly causes?: readonly FieldCause[];
  readonly retryAfterMs?: number | undefined;
  readonly hint?: string;
  readonly cause?: unknown;
}

const CODES: Readonly<Record<ApiReason, FailureCode>> = {
  badRequest: 'invalidSpec',
  unauthorized: 'notPermitted',
  forbidden: 'notPermitted',
  notFound: 'notFound',
  methodNotAllowed: 'notPermitted',
  alreadyExists: 'conflict',
  conflict: 'conflict',
  gone: 'conflict',
  tooLarge: 'tooLarge',
  invalid: 'invalidSpec',
  tooMany: 'unreachable',
  internal: 'unreachable',
  unavailable: 'unreachable',
  timedOut: 'unreachable',
  unreachable: 'unreachable',
};

/** What the API server says no to, or that it says nothing. */
export class ApiError extends Failure {
  readonly reason: ApiReason;
  /** Of HTTP; 0 without an answer. */
  readonly status: number;
  readonly causes: readonly FieldCause[];
  /** When it wants to be asked again, at the earliest. */
  readonly retryAfterMs: number | undefined;

  constructor(reason: ApiReason, message: string, details: ErrorDetails = {}) {
    const { hint, cause, causes = [] } = details;
    const problems = causes.map((one) => ({ path: one.field, reason: one.message }));
    super(CODES[reason], message, { problems, cause, ...(hint === undefined ? {} : { hint }) });
    this.name = 'ApiError';
    this.reason = reason;
    this.status = details.status ?? 0;
    this.causes = causes;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** True for an error of the API server with one of these reasons. */
export function isApiError(error: unknown, ...reasons: readonly ApiReason[]): error is ApiError {
  return error instanceof ApiError && reasons.includes(error.reason);
}

const BY_WORD: Readonly<Record<string, ApiReason>> = {
  AlreadyExists: 'alreadyExists',
  Conflict: 'conflict',
  Expired: 'gone',
  Gone: 'gone',
  Timeout: 'timedOut',
  ServerTimeout: 'timedOut',
};

const BY_STATUS: Readonly<Record<number, ApiReason>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'notFound',
  405: 'methodNotAllowed',
  409: 'conflict',
  410: 'gone',
  413: 'tooLarge',
  422: 'invalid',
  429: 'tooMany',
  500: 'internal',
  503: 'unavailable',
  504: 'timedOut',
};

/** An answer that is no success. */
export interface Refusal {
  /** Of HTTP. */
  readonly status: number;
  /** What it says: a Status object, or whatever something on the way has written. */
  readonly body: unknown;
  readonly retryAfterMs?: number | undefined;
  /** What was asked, as in `create secrets shop/key`. */
  readonly asked: string;
  /** True: what it says may quote what nobody is to see. */
  readonly secret?: boolean;
}

/** The error that an answer stands for. */
export function apiErrorOf({ status, body, retryAfterMs, asked, secret = false }: Refusal): ApiError {
  const said = statusIn(body);
  const reason = BY_WORD[textIn(said, 'reason') ?? ''] ?? reasonOf(status);
  const causes = causesOf(said).map((one) => (secret ? { ...one, message: one.reason } : one));
  const quoted = secret && reason === 'invalid' ? causes.map(({ field }) => field).join(', ') : undefined;
  const why = quoted ?? textIn(said, 'message') ?? `status ${status}`;
  return new ApiError(reason, `the API server does not ${asked}: ${why}`, {
    status,
    causes,
    retryAfterMs: retryAfterMs ?? secondsOf(said),
  });
}

function statusIn(body: unknown): JsonObject {
  return isJsonObject(body) && body['kind'] === 'Status' ? body : {};
}

function reasonOf(status: number): ApiReason {
  return BY_STATUS[status] ?? (status >= 500 ? 'internal' : 'badRequest');
}

function causesOf(said: JsonObject): readonly FieldCause[] {
  return objectsIn(objectIn(said, 'details'), 'causes').map((cause) => ({
    reason: textIn(cause, 'reason') ?? '',
    field: textIn(cause, 'field') ?? '',
    message: textIn(cause, 'message') ?? '',
  }));
}

function secondsOf(said: JsonObject): number | undefined {
  const seconds = objectIn(said, 'details')['retryAfterSeconds'];
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1_000 : undefined;
}
