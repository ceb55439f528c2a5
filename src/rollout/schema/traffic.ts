import { Type } from 'typebox';
import { DEFAULTS } from '../defaults.ts';
import {
  choice,
  closed,
  count,
  duration,
  formed,
  list,
  nothing,
  oneOf,
  share,
  text,
  textsByName,
  word,
} from './fields.ts';

const hostName = (description: string) =>
  formed(
    'a host name without scheme or port, as in shop.example.com',
    '^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$|^\\[[0-9A-Fa-f:.]+\\]$',
    description,
  );

const pathPrefix = (description: string) =>
  formed('a path of whole segments, as in / or /shop', '^/$|^(/[^/?#\\s]+)+$', description);

const legacyUrl = () => formed('an http or https URL', '^https?://\\S+$', 'Where the old system answers.');

const tls = choice('source of certificates', 'Serve HTTPS.', {
  files: closed('Certificates from files, read again when they change.', {
    certificate: text('Path of the PEM certificate chain.'),
    key: text('Path of the PEM private key.'),
  }),
  acme: closed('Certificates from an ACME authority.', {
    email: text('Whom the authority may write to.'),
    directory: Type.Optional(text("The authority's directory URL.")),
  }),
});

const facadeTarget = choice('target', 'Who answers.', {
  legacy: legacyUrl(),
  new: nothing('This Rollout.'),
  split: closed('Both, divided.', { legacy: legacyUrl(), new: share('What this Rollout gets.') }),
  shadow: closed('The old system answers; this Rollout gets copies.', {
    legacy: legacyUrl(),
    share: Type.Optional(share('How many requests are copied.', '100%')),
  }),
  newWithFallback: closed('This Rollout, and the old system when it fails.', { legacy: legacyUrl() }),
});

const gateway = closed("Through coalmine's own HTTP gateway.", {
  host: Type.Optional(hostName('Requests for this host. Without it: for any host.')),
  path: Type.Optional({ ...pathPrefix('Requests whose path begins so.'), default: DEFAULTS.gateway.path }),
  tls: Type.Optional(tls),
  sticky: Type.Optional(
    closed('Keeps a user on one version: once on the canary, a user stays while its weight grows.', {
      cookie: formed(
        '`auto`, or a cookie name of letters, digits, dots, hyphens and underscores',
        '^[A-Za-z0-9_.-]{1,64}$',
        'Name of the cookie that holds the id; `auto` derives one from the name of the Rollout.',
      ),
    }),
  ),
  timeout: Type.Optional(duration('How long the workload may take to answer.', DEFAULTS.gateway.timeout)),
  retries: Type.Optional(
    closed('Requests that are safe to repeat are sent again.', {
      attempts: count('How often at most.', { maximum: 10 }),
      on: Type.Optional(
        list(
          word(['connect', 'timeout', '5xx'], 'A kind of failure.'),
          'Which failures are worth another try.',
        ),
      ),
    }),
  ),
  routes: Type.Optional(
    list(
      closed('One route.', { path: pathPrefix('Requests whose path begins so.'), to: facadeTarget }),
      'A façade before an old system, taken over path by path; the first route that fits counts.',
    ),
  ),
});

const routeReference = (kind: string) =>
  closed(`An ${kind} to steer.`, {
    name: text(`Name of the ${kind}.`),
    rules: Type.Optional(list(text('Name of a rule.'), 'The rules to steer. Without it: all of them.')),
  });

const proxy = (name: string, handle: string, meaning: string) =>
  closed(`Through ${name}.`, {
    host: Type.Optional(hostName('Requests for this host. Without it: for any host.')),
    path: Type.Optional({ ...pathPrefix('Requests whose path begins so.'), default: DEFAULTS.gateway.path }),
    [handle]: Type.Optional(text(meaning)),
  });

/** `spec.traffic`: how users reach the workload. */
export const traffic = choice('data plane', 'How users reach it. Absent for workers and consumers.', {
  gateway,
  service: closed('A plain Kubernetes Service; shares are shares of replicas.', {
    name: text('Name of the Service.'),
  }),
  nginxIngress: closed('The canary annotations of ingress-nginx.', { ingress: text('Name of the Ingress.') }),
  istio: closed('Istio.', {
    virtualService: closed('The VirtualService to steer.', {
      name: text('Its name.'),
      routes: Type.Optional(list(text('Name of a route.'), 'The routes to steer. Without it: all of them.')),
    }),
    destinationRule: Type.Optional(closed('Where the subsets are.', { name: text('Its name.') })),
  }),
  gatewayAPI: closed(
    'The Kubernetes Gateway API.',
    {
      httpRoute: Type.Optional(routeReference('HTTPRoute')),
      grpcRoute: Type.Optional(routeReference('GRPCRoute')),
    },
    oneOf('route', ['httpRoute', 'grpcRoute']),
  ),
  smi: closed('A TrafficSplit of the Service Mesh Interface.', {
    trafficSplit: text('Name of the TrafficSplit.'),
    rootService: Type.Optional(text('The service that callers use.')),
  }),
  linkerd: closed('Linkerd.', { service: text('The service that callers use.') }),
  envoy: proxy('Envoy', 'xds', 'Address on which the configuration is served to Envoy.'),
  haproxy: proxy('HAProxy', 'socket', 'Path of its admin socket.'),
  nginx: proxy('nginx', 'config', 'Path of the file it includes.'),
  traefik: proxy('Traefik', 'file', 'Path of the file its file provider watches.'),
});

/** `spec.….match`: which requests, for strategies that divide by request instead of by chance. */
export function match(description: string) {
  const value = (what: string) => ({
    exact: Type.Optional(text(`The ${what} is this.`)),
    prefix: Type.Optional(text(`The ${what} begins so.`)),
    regex: Type.Optional(text(`The ${what} fits this pattern.`)),
  });
  const present = { present: Type.Optional(Type.Boolean({ description: 'It is there at all, or is not.' })) };
  const oneTest = oneOf('test', ['exact', 'prefix', 'regex', 'present']);
  const named = (what: string) =>
    closed(`By a ${what}.`, { name: text(`Name of the ${what}.`), ...value('value'), ...present }, oneTest);
  return list(
    closed('All that is named must hold.', {
      header: Type.Optional(named('header')),
      cookie: Type.Optional(named('cookie')),
      query: Type.Optional(named('query parameter')),
      path: Type.Optional(closed('By the path.', value('path'), oneOf('test', ['exact', 'prefix', 'regex']))),
      method: Type.Optional(text('The HTTP method.')),
      user: Type.Optional(
        closed('By a hash of the user id.', {
          share: share('How many users.'),
          labels: Type.Optional(textsByName('Attributes a user must have.')),
        }),
      ),
    }),
    description,
  );
}
