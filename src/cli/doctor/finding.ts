/** What one look found. */
export interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do about it. */
  readonly todo?: string;
}

export function ok(what: string, detail: string): Finding {
  return { what, state: 'ok', detail };
}

export function warn(what: string, detail: string, todo: string): Finding {
  return { what, state: 'warn', detail, todo };
}

export function fail(what: string, detail: string, todo: string): Finding {
  return { what, state: 'fail', detail, todo };
}
