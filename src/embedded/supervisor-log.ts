import type { SupervisorLog } from '../supervisor/site.ts';
import type { Log } from '../telemetry/log.ts';

/** The log as the supervisor writes to it. */
export function supervisorLog(log: Log): SupervisorLog {
  return {
    info: (fields, message) => {
      log.info(message, fields);
    },
    warn: (fields, message) => {
      log.warn(message, fields);
    },
  };
}
