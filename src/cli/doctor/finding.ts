/** What one look found. */
export interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do about it. */
  readonly todo?: string;
}

/** All is well. */
export function ok(what: string, detail: string): Finding {
  return { what, state: 'ok', detail };
}

/** It works, but not as well as it could. */
export function warn(what: string, detail: string, todo: string): Finding {
  return { what, state: 'warn', detail, todo };
}

/** It will not work. */
export function fail(what: string, detail: string, todo: string): Finding {
  return { what, state: 'fail', detail, todo };
}
