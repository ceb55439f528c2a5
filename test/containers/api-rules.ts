/** What the published API (Docker Engine 1.41 to 1.47) takes. */
export interface ApiRule {
  readonly method: string;
  /** `{id}` is one segment, `{name}` may hold slashes. */
  readonly path: string;
  readonly query?: readonly string[];
  /** Fields of the body; absent: there is none. */
  readonly body?: readonly string[];
  /** May be asked without a version too. */
  readonly unversioned?: boolean;
}

const CONFIG = [
  ...['Hostname', 'Domainname', 'User', 'AttachStdin', 'AttachStdout', 'AttachStderr', 'ExposedPorts', 'Tty'],
  ...['OpenStdin', 'StdinOnce', 'Env', 'Cmd', 'Healthcheck', 'ArgsEscaped', 'Image', 'Volumes', 'WorkingDir'],
  ...[
    'Entrypoint',
    'NetworkDisabled',
    'MacAddress',
    'OnBuild',
    'Labels',
    'StopSignal',
    'StopTimeout',
    'Shell',
  ],
  ...['HostConfig', 'NetworkingConfig'],
];

/** Fields of `HostConfig`. */
export const HOST_CONFIG: readonly string[] = [
  ...[
    'CpuShares',
    'Memory',
    'CgroupParent',
    'BlkioWeight',
    'CpuPeriod',
    'CpuQuota',
    'CpusetCpus',
    'CpusetMems',
  ],
  ...[
    'Devices',
    'DeviceCgroupRules',
    'DeviceRequests',
    'MemoryReservation',
    'MemorySwap',
    'MemorySwappiness',
  ],
  ...['NanoCpus', 'OomKillDisable', 'Init', 'PidsLimit', 'Ulimits', 'Binds', 'ContainerIDFile', 'LogConfig'],
  ...['NetworkMode', 'PortBindings', 'RestartPolicy', 'AutoRemove', 'VolumeDriver', 'VolumesFrom', 'Mounts'],
  ...['ConsoleSize', 'Annotations', 'CapAdd', 'CapDrop', 'CgroupnsMode', 'Dns', 'DnsOptions', 'DnsSearch'],
  ...['ExtraHosts', 'GroupAdd', 'IpcMode', 'Cgroup', 'Links', 'OomScoreAdj', 'PidMode', 'Privileged'],
  ...['PublishAllPorts', 'ReadonlyRootfs', 'SecurityOpt', 'StorageOpt', 'Tmpfs', 'UTSMode', 'UsernsMode'],
  ...['ShmSize', 'Sysctls', 'Runtime', 'Isolation', 'MaskedPaths', 'ReadonlyPaths'],
];

/** Every route that is known. */
export const RULES: readonly ApiRule[] = [
  { method: 'GET', path: '/_ping', unversioned: true },
  { method: 'HEAD', path: '/_ping', unversioned: true },
  { method: 'GET', path: '/version', unversioned: true },
  { method: 'GET', path: '/images/{name}/json' },
  {
    method: 'POST',
    path: '/images/create',
    query: ['fromImage', 'fromSrc', 'repo', 'tag', 'message', 'changes', 'platform'],
  },
  { method: 'GET', path: '/distribution/{name}/json' },
  { method: 'GET', path: '/containers/json', query: ['all', 'limit', 'size', 'filters'] },
  { method: 'POST', path: '/containers/create', query: ['name', 'platform'], body: CONFIG },
  { method: 'GET', path: '/containers/{id}/json', query: ['size'] },
  {
    method: 'GET',
    path: '/containers/{id}/logs',
    query: ['follow', 'stdout', 'stderr', 'since', 'until', 'timestamps', 'tail'],
  },
  { method: 'POST', path: '/containers/{id}/start', query: ['detachKeys'] },
  { method: 'POST', path: '/containers/{id}/stop', query: ['signal', 't'] },
  { method: 'POST', path: '/containers/{id}/kill', query: ['signal'] },
  { method: 'POST', path: '/containers/{id}/wait', query: ['condition'] },
  { method: 'DELETE', path: '/containers/{id}', query: ['v', 'force', 'link'] },
  {
    method: 'POST',
    path: '/containers/{id}/exec',
    body: [
      ...['AttachStdin', 'AttachStdout', 'AttachStderr', 'ConsoleSize', 'DetachKeys', 'Tty', 'Env', 'Cmd'],
      ...['Privileged', 'User', 'WorkingDir'],
    ],
  },
  { method: 'POST', path: '/exec/{id}/start', body: ['Detach', 'Tty', 'ConsoleSize'] },
  { method: 'GET', path: '/exec/{id}/json' },
];

const NEWEST = 47;
const OLDEST = 24;

/** A request that the API knows, and what its path names. */
export interface Known {
  readonly rule: ApiRule;
  readonly id: string;
  /** Query parameters that the API does not have: an engine passes over them. */
  readonly odd: readonly string[];
}

/** What is wrong with a request, as the engine says it, or which one it is. */
export function ruleFor(
  method: string,
  url: URL,
): Known | { readonly status: number; readonly message: string } {
  const [, minor, path = ''] = /^(?:\/v1\.(\d+))?(\/.*)$/.exec(url.pathname) ?? [];
  if (minor !== undefined && Number(minor) > NEWEST)
    return {
      status: 400,
      message: `client version 1.${minor} is too new. Maximum supported API version is 1.${NEWEST}`,
    };
  if (minor !== undefined && Number(minor) < OLDEST)
    return {
      status: 400,
      message: `client version 1.${minor} is too old. Minimum supported API version is 1.${OLDEST}`,
    };
  for (const rule of RULES) {
    const found = new RegExp(`^${rule.path.replace('{id}', '([^/]+)').replace('{name}', '(.+)')}$`).exec(
      path,
    );
    if (found === null || rule.method !== method) continue;
    if (minor === undefined && rule.unversioned !== true) continue;
    const odd = [...url.searchParams.keys()].filter((key) => rule.query?.includes(key) !== true);
    return { rule, id: decodeURIComponent(found[1] ?? ''), odd };
  }
  return { status: 404, message: 'page not found' };
}
