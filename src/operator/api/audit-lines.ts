import type { AuditLog } from '../../api/auditing.ts';
import type { Log } from '../../telemetry/log.ts';

/**
 * An audit log in the log of the operator: a line before something is done, and one of what came of it, told together by
 * the id of the request. The writes themselves are made by the account that asks, and stand in the audit log of its API
 * server; that sessions begin and end stands nowhere else.
 */
export function auditLines(log: Log): AuditLog {
  const asked = new Map<number, string>();
  let last = 0;
  return {
    add: ({ by, ...entry }) => {
      last += 1;
      const who = by === undefined ? {} : { by: by.name };
      if (entry.outcome === undefined) {
        asked.set(last, entry.request);
        log.info('a change is asked for', { ...who, ...entry });
      } else {
        log.info('a change was refused', { ...who, ...entry });
      }
      return Promise.resolve(last);
    },
    end: (id, outcome) => {
      log.info('what came of a change', { request: asked.get(id), outcome });
      asked.delete(id);
      return Promise.resolve();
    },
  };
}
