import { isJsonObject, type Json, type JsonObject } from '../../../base/json.ts';

/** What PM2 does and a Rollout does otherwise, or not at all. */
const NOT_CARRIED: Readonly<Record<string, string>> = {
  watch: 'watch: a change of files is a new version; release it with `coalmine release`',
  ignore_watch: 'ignore_watch: nothing is watched',
  cron_restart: 'cron_restart: nothing restarts by the clock; let cron run `coalmine restart NAME`',
  wait_ready:
    'wait_ready: process.send("ready") is not heard; it is ready when its port opens, or by ready.http',
  listen_timeout: 'listen_timeout: write ready.within',
  max_restarts: 'max_restarts: a crash loop rolls a release back; see restart.crashLoopAfter',
  min_uptime: 'min_uptime: write restart.stableAfter',
  restart_delay: 'restart_delay: write restart.firstDelay',
  exp_backoff_restart_delay: 'exp_backoff_restart_delay: delays double already; see restart.firstDelay',
  autorestart: 'autorestart: what ends is started again, always',
  error_file: 'error_file: logs are kept by coalmine; see `coalmine logs`',
  out_file: 'out_file: logs are kept by coalmine; see `coalmine logs`',
  log_file: 'log_file: logs are kept by coalmine; see `coalmine logs`',
  pid_file: 'pid_file: see `coalmine get`',
  uid: 'uid: processes run as the user who runs coalmine',
  user: 'user: processes run as the user who runs coalmine',
  gid: 'gid: processes run as the user who runs coalmine',
  increment_var: 'increment_var: each process has its own $PORT, and nothing else that differs',
  instance_var: 'instance_var: processes have no numbers; $COALMINE_INSTANCE tells them apart',
  source_map_support: 'source_map_support: start node with --enable-source-maps',
};

/** A note for each field that is not carried over. */
export function pm2Notes(app: JsonObject): readonly string[] {
  return Object.keys(app).flatMap((field) => {
    const told = NOT_CARRIED[field];
    const isOff = app[field] === false || app[field] === undefined;
    const isUsual = field === 'autorestart' ? app[field] !== false : isOff;
    return told === undefined || isUsual ? [] : [`Not carried over: ${told}.`];
  });
}

/** The variables of one of its environments, and the port they name. */
export function pm2Environment(
  app: JsonObject,
  environment: string | undefined,
): { readonly env: Readonly<Record<string, string>>; readonly port?: string } {
  const chosen = environment === undefined ? undefined : app[`env_${environment}`];
  const all = [app['env'], chosen].flatMap((one) => (isJsonObject(one) ? Object.entries(one) : []));
  const texts = all.flatMap(([name, value]) => {
    if (value === null || value === undefined) return [];
    return [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)] as const];
  });
  const { PORT: port, ...env } = Object.fromEntries(texts);
  return { env, ...(port === undefined ? {} : { port }) };
}

/** How many run. */
export function pm2Replicas(
  app: JsonObject,
  cpus: number,
): { readonly replicas: number; readonly notes: readonly string[] } {
  const written = app['instances'];
  const count = written === 'max' ? 0 : Number(written ?? 1);
  if (!Number.isInteger(count))
    return { replicas: 1, notes: [`Not carried over: instances: ${JSON.stringify(written)}.`] };
  const replicas = count > 0 ? count : Math.max(1, cpus + count);
  const notes =
    count > 0
      ? []
      : [`${replicas} replicas: instances was ${JSON.stringify(written)} on ${cpus} processors.`];
  return { replicas: Math.min(1_000, replicas), notes };
}

/** How it is stopped: by SIGINT, as PM2 does. */
export function pm2Stop(app: JsonObject): JsonObject {
  const ms = millisecondsOf(app['kill_timeout']) ?? 1_600;
  return { stop: { signal: 'SIGINT', drain: `${ms}ms` } };
}

function millisecondsOf(value: Json | undefined): number | undefined {
  const found = /^(\d+)(s|m)?$/.exec(textOf(value) ?? '');
  if (found === null) return undefined;
  return Number(found[1]) * ({ s: 1_000, m: 60_000 }[found[2] ?? ''] ?? 1);
}

/** Memory above which it is started again. PM2's K, M and G are powers of 1024. */
export function pm2Limits(app: JsonObject): JsonObject {
  const found = /^(\d+)([KMG])?$/i.exec(textOf(app['max_memory_restart']) ?? '');
  if (found === null) return {};
  const unit = found[2] === undefined ? '' : `${found[2].toUpperCase()}i`;
  return { limits: { memory: `${found[1] ?? ''}${unit}` } };
}

/** A field that may be written as a text or a number. */
export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
