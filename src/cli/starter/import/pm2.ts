import { isAbsolute, join } from 'node:path';
import { Failure, type Problem } from '../../../base/failure.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../base/json.ts';
import { itemPath } from '../../../rollout/path.ts';
import type { Noted } from '../noted.ts';
import { nameFrom } from '../name.ts';
import { commandOf, rolloutOf, type Imported } from './imported.ts';
import { textOf, pm2Environment, pm2Limits, pm2Notes, pm2Replicas, pm2Stop } from './pm2-fields.ts';
import { wordsOf } from './words.ts';

/** Where an ecosystem file lies, and for which of its environments it is read. */
export interface Pm2Origin {
  readonly file: string;
  readonly app: string;
  /** Its directory, as the written file names it. */
  readonly place: string;
  /** PM2's `--env`: `production` adds `env_production`. */
  readonly environment?: string;
  /** Of this machine. */
  readonly cpus: number;
}

/** The Rollouts of what a PM2 ecosystem file exports. Throws Failure `invalidSpec` with every app that is not one. */
export function pm2Rollouts(exported: unknown, origin: Pm2Origin): readonly Noted[] {
  const apps = appsOf(exported);
  if (apps === undefined || apps.length === 0) {
    throw new Failure('invalidSpec', `${origin.file} declares no apps`, {
      hint: 'a PM2 ecosystem file exports { apps: [{ name, script }] }',
    });
  }
  const problems = apps.flatMap((app, index) => problemsOf(app, itemPath('apps', index)));
  if (problems.length > 0) {
    throw new Failure('invalidSpec', `${origin.file} is not a PM2 ecosystem file`, {
      problems: problems.map((one) => ({ file: origin.file, ...one })),
    });
  }
  const names = new Set<string>();
  const served = apps.filter(isJsonObject).filter((app) => imported(app, origin).hasTraffic).length;
  return apps.filter(isJsonObject).map((app) => {
    const one = imported(app, origin);
    const name = names.has(one.name) ? `${one.name}-${names.size + 1}` : one.name;
    names.add(name);
    return rolloutOf({ ...one, name, ...(one.hasTraffic && served > 1 ? hostOf(name) : {}) });
  });
}

/** Several that serve need an address each. */
function hostOf(name: string): Pick<Imported, 'host'> {
  return { host: `${name}.localhost` };
}

function appsOf(exported: unknown): readonly unknown[] | undefined {
  if (Array.isArray(exported)) return exported as readonly unknown[];
  if (!isJsonObject(exported)) return undefined;
  const { apps } = exported;
  if (Array.isArray(apps)) return apps as readonly unknown[];
  if (isJsonObject(apps)) return [apps];
  return 'script' in exported ? [exported] : undefined;
}

function problemsOf(app: unknown, path: string): readonly Problem[] {
  if (!isJsonObject(app)) return [{ path, reason: 'must be an object' }];
  const { script, name } = app;
  return [
    ...(typeof script === 'string' && script.trim() !== ''
      ? []
      : [{ path: `${path}.script`, reason: 'is required: what is started' }]),
    ...(name === undefined || typeof name === 'string'
      ? []
      : [{ path: `${path}.name`, reason: 'must be a text' }]),
  ];
}

function imported(app: JsonObject, origin: Pm2Origin): Imported {
  const { command, notes: ofCommand } = pm2Command(app);
  const { env, port } = pm2Environment(app, origin.environment);
  const hasTraffic = port !== undefined || app['exec_mode'] === 'cluster' || app['wait_ready'] === true;
  const name = nameOf(app, origin);
  const { replicas, notes: ofReplicas } = pm2Replicas(app, origin.cpus);
  return {
    name,
    hasTraffic,
    process: {
      from: placed(origin.place, textOf(app['cwd']) ?? '.'),
      command,
      replicas,
      ...(Object.keys(env).length === 0 ? {} : { env }),
      ...(hasTraffic ? { ready: { tcp: {}, within: '30s' } } : {}),
      ...pm2Stop(app),
      ...pm2Limits(app),
    },
    notes: [
      `From the PM2 app ${name}.`,
      ...ofCommand,
      ...ofReplicas,
      ...(port === undefined
        ? []
        : [`It listened on ${port}: now on the port in $PORT, and the gateway in front.`]),
      ...pm2Notes(app),
    ],
  };
}

/** Its own, or that of what is started. */
function nameOf({ name, script }: JsonObject, { app }: Pm2Origin): string {
  return nameFrom(textOf(name) ?? textOf(script)?.replace(/^.*\/|\.[^.]*$/g, '') ?? '', app);
}

const INTERPRETERS: Readonly<Record<string, string>> = {
  js: 'node',
  cjs: 'node',
  mjs: 'node',
  py: 'python3',
  rb: 'ruby',
  sh: 'bash',
  pl: 'perl',
  php: 'php',
};

function pm2Command(app: JsonObject): {
  readonly command: readonly string[];
  readonly notes: readonly string[];
} {
  const script = textOf(app['script']) ?? '';
  const line = commandOf(script);
  const args = argumentsOf(app['args']);
  const ending = /\.(\w+)$/.exec(script)?.[1] ?? '';
  const interpreter = textOf(app['interpreter'] ?? app['exec_interpreter']) ?? INTERPRETERS[ending];
  if (interpreter === undefined || interpreter === 'none') {
    return { command: [...line.command, ...args], notes: line.notes };
  }
  const flags = argumentsOf(app['interpreter_args'] ?? app['node_args']);
  return { command: [interpreter, ...flags, script, ...args], notes: [] };
}

function argumentsOf(written: Json | undefined): readonly string[] {
  if (Array.isArray(written))
    return (written as readonly Json[]).map((one) => textOf(one) ?? JSON.stringify(one));
  const line = textOf(written);
  if (line === undefined) return [];
  const words = wordsOf(`program ${line}`);
  // PM2 itself splits such a line at blanks and asks no shell.
  return words.kind === 'words' ? words.command.slice(1) : line.split(/\s+/);
}

function placed(place: string, cwd: string): string {
  return isAbsolute(cwd) ? cwd : join(place, cwd);
}
