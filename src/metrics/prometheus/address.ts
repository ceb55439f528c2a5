import { Failure } from '../../base/failure.ts';

/** The URL of the API below a server's address, its base path kept; throws Failure when it cannot be one. */
export function apiBase(name: string, address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new Failure('invalidSpec', `the address of the source ${name} is no http or https URL`, {
      hint: 'Write it as in "http://prometheus:9090", or "https://host/prometheus" with a base path.',
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new Failure('invalidSpec', `the address of the source ${name} holds a user or password`, {
      hint: 'Use `auth: { basic: { user, password: { env | file } } }`: an address is shown in messages.',
    });
  }
  url.search = '';
  url.hash = '';
  url.pathname = `${url.pathname.replace(/\/+$/, '').replace(/\/api\/v1$/, '')}/api/v1/`;
  return url;
}

/** Where a redirect leads, when it may be followed with what we send: the same host, and no step back from TLS. */
export function followed(from: URL, location: string): URL | undefined {
  if (!URL.canParse(location, from.href)) return undefined;
  const to = new URL(location, from);
  const isHttp = to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:');
  const isSamePort = to.port === from.port || to.protocol !== from.protocol;
  to.username = '';
  to.password = '';
  return isHttp && isSamePort && to.hostname === from.hostname ? to : undefined;
}
