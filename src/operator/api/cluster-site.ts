import { cookieName, hostOf, LOOPBACK_NAMES, type Site } from '../../api/access/site.ts';

/** How the server of an operator is reached. */
export interface ClusterReach {
  /** What it is called besides this machine's own names, as `name` or `name:port`. */
  readonly hosts: readonly string[];
  /** True: over TLS, from one end to the other. */
  readonly isSecure: boolean;
}

/** What the server of an operator is to browsers: `kubectl port-forward` gives it any port, and so may a Service. */
export function clusterSite({ hosts, isSecure }: ClusterReach): Site {
  const named = [...hosts.map((host) => host.toLowerCase()), ...LOOPBACK_NAMES];
  const scheme = isSecure ? 'https' : 'http';
  const usual = isSecure ? 443 : 80;
  return {
    hosts: named,
    isCalled: (host) => named.includes(host) || named.includes(host.replace(PORT, '')),
    // Two clusters that are forwarded to one machine have a session each.
    cookieOf: (request) => cookieName(Number(PORT.exec(hostOf(request))?.[1] ?? usual)),
    schemeOf: () => scheme,
    refuseUnprotected: () => undefined,
  };
}

const PORT = /:(\d{1,5})$/;
