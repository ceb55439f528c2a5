import { redacted } from './redacted.ts';

/** What a line says besides its message. Secrets under known names are left out, at any depth. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes what happens, for operators. Never throws: a log that cannot be written must not end what it tells of. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** How much is written: `warn` leaves out `info` and `debug`. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What is written where. */
export interface LogOptions {
  readonly level: LogLevel;
  /** A file to append to (mode 0600 when new), or a file descriptor: 1 is standard output, 2 standard error. */
  readonly destination: string | number;
}

/** Writes nothing. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A log of one JSON object per line: `level`, `time` (ISO 8601), `control` (the writing process), `message` and the fields. */
export async function createLog({ level, destination }: LogOptions): Promise<Log> {
  const { pino } = await import('pino');
  // Written at once: the lines before a crash are those that are wanted.
  const stream = pino.destination({ dest: destination, sync: true, append: true, mode: 0o600 });
  stream.on('error', () => undefined);
  const logger = pino(
    {
      level,
      messageKey: 'message',
      base: { control: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return {
    debug: (message, fields) => {
      if (logger.isLevelEnabled('debug')) logger.debug(redacted(fields), message);
    },
    info: (message, fields) => {
      logger.info(redacted(fields), message);
    },
    warn: (message, fields) => {
      logger.warn(redacted(fields), message);
    },
    error: (message, fields) => {
      logger.error(redacted(fields), message);
    },
  };
}
