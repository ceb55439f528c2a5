import { Failure, messageOf } from '../base/failure.ts';

/** SQLite's primary result codes that a user can meet (sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;
/** The extended code for "the shared-memory index cannot grow", which is how a full disk shows first in WAL mode. */
const IOERR_SHMSIZE = 4_874;

const FULL_ERRNOS: readonly unknown[] = ['ENOSPC', 'EDQUOT'];
const FORBIDDEN_ERRNOS: readonly unknown[] = ['EROFS', 'EACCES', 'EPERM'];

/** Says in the user's words what SQLite or the file system said about `path`; anything else comes back as it is. */
export function storeFailure(cause: unknown, path: string): unknown {
  if (cause instanceof Failure || !(cause instanceof Error)) return cause;
  const { errcode, code } = cause as Error & { readonly errcode?: unknown; readonly code?: unknown };
  if (typeof errcode === 'number') return sqliteFailure(errcode, path, cause);
  if (FULL_ERRNOS.includes(code)) return diskFull(path, cause);
  if (FORBIDDEN_ERRNOS.includes(code)) return readOnly(path, cause);
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) return unusable(path, cause);
  return cause;
}

/** Runs a blocking piece of work on the state at `path`; what it throws is said in the user's words. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw storeFailure(cause, path);
  }
}

function sqliteFailure(errcode: number, path: string, cause: Error): unknown {
  if (errcode === IOERR_SHMSIZE) return diskFull(path, cause);
  switch (errcode & 0xff) {
    case FULL:
      return diskFull(path, cause);
    case READONLY:
      return readOnly(path, cause);
    case CORRUPT:
    case NOTADB:
      return damaged(path, cause.message, cause);
    case BUSY:
    case LOCKED:
      return new Failure('storeUnusable', `another program holds ${path} locked`, {
        hint: 'close what has the file open (a backup, a database browser) and try again',
        cause,
      });
    case IOERR:
    case CANTOPEN:
      return unusable(path, cause);
    default:
      return cause;
  }
}

/** The state at `path` cannot be relied on. It is left as it is. */
export function damaged(path: string, detail: string, cause?: unknown): Failure {
  return new Failure('storeUnusable', `the state in ${path} is damaged: ${detail}`, {
    hint:
      'nothing was changed; move this file and the ones beside it that begin with its name to another place, ' +
      'and put a copy of your last backup there (the state from before each upgrade is in the directory ' +
      '`backups` beside it), or start without a file to begin anew',
    cause,
  });
}

function diskFull(path: string, cause: Error): Failure {
  return new Failure('diskFull', `no space is left to write ${path}`, {
    hint: 'free some space on that disk; what was saved before is safe, and nothing is half written',
    cause,
  });
}

function readOnly(path: string, cause: Error): Failure {
  return new Failure('storeUnusable', `${path} cannot be written: ${messageOf(cause)}`, {
    hint: 'give the user who runs coalmine the right to write there, or name another data directory',
    cause,
  });
}

function unusable(path: string, cause: Error): Failure {
  return new Failure('storeUnusable', `${path} cannot be used: ${messageOf(cause)}`, {
    hint: 'see whether the data directory exists, is a directory, and its disk is well',
    cause,
  });
}
