import { Failure, type Problem } from '../../../base/failure.ts';
import { nameFrom } from '../name.ts';
import { commandOf, rolloutOf, type Imported } from './imported.ts';
import type { Noted } from '../noted.ts';

/** Where a Procfile lies and what it belongs to. */
export interface ProcfileOrigin {
  readonly file: string;
  /** Of the app: a process type `web` becomes `<app>-web`. */
  readonly app: string;
  /** Its directory, as the written file names it. */
  readonly place: string;
  /** Names of files of variables that lie beside it. */
  readonly envFiles: readonly string[];
}

/** The one that is run before a release and ends, by Heroku's convention. */
const RELEASE = 'release';
const WEB = 'web';
/** What begins work at its times, as people call it: a second one would begin it twice. */
const CLOCK = /(^|[_-])(clock|cron|scheduler|celerybeat|beat)$/i;

interface Line {
  readonly type: string;
  readonly line: string;
  readonly number: number;
}

/** The Rollouts of a Procfile. Throws Failure `invalidSpec` with every line that is not one of it. */
export function procfileRollouts(text: string, origin: ProcfileOrigin): readonly Noted[] {
  const lines = linesOf(text, origin.file);
  const release = lines.find(({ type }) => type === RELEASE);
  const running = lines.filter(({ type }) => type !== RELEASE);
  if (running.length === 0) {
    throw new Failure('invalidSpec', `${origin.file} declares nothing that runs`, {
      hint: 'a line is a name, a colon and a command, as in web: node server.js',
    });
  }
  const only = running.length === 1;
  // It is run once for all, so it belongs to one of them.
  const first = running.find(({ type }) => type === WEB) ?? running[0];
  return running.map((one) => {
    const whole = { ...imported(one, origin, only), ...noted(one) };
    if (release === undefined || one !== first) return rolloutOf(whole);
    const { command, notes } = releaseHook(release.line, only);
    return rolloutOf({ ...whole, beforeCandidate: command, notes: [...whole.notes, ...notes] });
  });
}

function noted({ type, line }: Line): Pick<Imported, 'notes'> {
  const { env, notes } = commandOf(line);
  const share = CLOCK.test(type)
    ? ['One process, ended before the next begins: two would do at once what is to be done once.']
    : ['Nobody sends it requests: its share is one of replicas.'];
  const port =
    env['PORT'] === undefined ? [] : [`PORT=${env['PORT']} is left out: each process has its own $PORT.`];
  return {
    notes: [`From the Procfile: ${type}: ${line}`, ...notes, ...(type === WEB ? [] : share), ...port],
  };
}

function imported({ type, line }: Line, origin: ProcfileOrigin, only: boolean): Omit<Imported, 'notes'> {
  const { command, env } = commandOf(line);
  const { PORT: _given, ...variables } = env;
  const { app, envFiles } = origin;
  const isWeb = type === WEB;
  const isAlone = CLOCK.test(type);
  return {
    name: only ? app : nameFrom(`${app}-${type}`),
    hasTraffic: isWeb,
    isAlone,
    process: {
      from: origin.place,
      command,
      replicas: isAlone ? 1 : 2,
      ...(Object.keys(variables).length === 0 ? {} : { env: variables }),
      ...(envFiles.length === 0 ? {} : { envFiles }),
      ...(isWeb ? { ready: { tcp: {}, within: '30s' } } : {}),
      stop: { drain: '20s' },
    },
  };
}

function releaseHook(line: string, only: boolean): Pick<Imported, 'notes'> & { command: readonly string[] } {
  const { command, env, notes } = commandOf(line);
  const others = only ? [] : ['The others of the Procfile do not wait for it: release them after this one.'];
  // A hook has the environment of its Rollout: variables of its own need the program that sets them.
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return {
    command: variables.length === 0 ? command : ['env', ...variables, ...command],
    notes: [`From the Procfile: release: ${line}`, ...notes, ...others],
  };
}

function linesOf(text: string, file: string): readonly Line[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const lines = text.split(/\r?\n/).flatMap((written, index): readonly Line[] => {
    if (/^\s*(#|$)/.test(written)) return [];
    const found = /^([A-Za-z0-9_-]+):\s*(.*\S)\s*$/.exec(written);
    const [, type = '', line = ''] = found ?? [];
    const reason = problemWith(found !== null, type, seen);
    seen.add(type);
    if (reason === undefined) return [{ type, line, number: index + 1 }];
    problems.push({ file, line: index + 1, column: 1, path: '', reason });
    return [];
  });
  if (problems.length === 0) return lines;
  throw new Failure('invalidSpec', `${file} is not a Procfile`, { problems });
}

function problemWith(isLine: boolean, type: string, seen: ReadonlySet<string>): string | undefined {
  if (!isLine) return 'not a name, a colon and a command, as in web: node server.js';
  return seen.has(type) ? `${type} is declared twice` : undefined;
}
