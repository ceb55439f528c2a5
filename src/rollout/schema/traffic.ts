import { Type, type Static } from 'typebox';
import { DEFAULTS } from '../defaults.ts';
import { GATEWAY_IMPLEMENTATIONS } from '../cluster-traffic.ts';
import { RETRY_REASONS } from '../traffic.ts';
import {
  choice,
  closed,
  count,
  duration,
  formed,
  list,
  nothing,
  objectList,
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

const legacyUrl = () =>
  formed(
    'an http or https URL',
    '^https?://\\S+$',
    'Where the old system answers, as in http://10.0.0.7:8080.',
  );

const stickyCookie = () =>
  formed(
    '`auto`, or a cookie name of letters, digits, dots, hyphens and underscores',
    '^[A-Za-z0-9_.-]{1,64}$',
    'Name of the cookie that holds the id; `auto` derives one from the name of the Rollout.',
  );

const tls = choice('source of certificates', 'Serve HTTPS.', {
  files: closed('Certificates from files, read again when they change.', {
    certificate: text('Path of the PEM certificate chain.'),
    key: text('Path of the PEM private key.'),
  }),
  acme: closed(
    "Certificates from an ACME authority, whose terms are agreed to by this. It must reach the gateway's port for plain HTTP at port 80 of the host.",
    {
      email: formed('an address of mail', '^[^@\\s<>,;]+@[^@\\s<>,;]+$', 'Whom the authority may write to.'),
      directory: Type.Optional({
        ...formed(
          'an https URL',
          '^https://[^\\s@]+$',
          "The authority's directory; by default that of Let's Encrypt.",
        ),
        default: DEFAULTS.gateway.acme.directory,
      }),
      ca: Type.Optional(
        text(
          "A PEM file with those who vouch for the authority's own certificate, for one that Node does not know.",
        ),
      ),
    },
  ),
});

const facadeTarget = choice('target', 'Who answers.', {
  legacy: legacyUrl(),
  new: nothing('This Rollout.'),
  split: closed('Both, divided.', { legacy: legacyUrl(), new: share('What this Rollout gets.') }),
  shadow: closed('The old system answers; this Rollout gets copies.', {
    legacy: legacyUrl(),
    share: Type.Optional(share('How many requests are copied.', DEFAULTS.gateway.shadow.share)),
  }),
  newWithFallback: closed('This Rollout, and the old system when it fails.', { legacy: legacyUrl() }),
});

const gateway = closed("Through coalmine's own HTTP gateway.", {
  host: Type.Optional(hostName('Requests for this host. Without it: for any host.')),
  path: Type.Optional({ ...pathPrefix('Requests whose path begins so.'), default: DEFAULTS.gateway.path }),
  tls: Type.Optional(tls),
  withoutTls: Type.Optional(
    word(
      ['redirect', 'serve'],
      'What happens, beside `tls`, to requests that come without it: they are sent to the same place with TLS, or served.',
      DEFAULTS.gateway.withoutTls,
    ),
  ),
  sticky: Type.Optional(
    closed('Keeps a user on one version: once on the canary, a user stays while its weight grows.', {
      cookie: stickyCookie(),
    }),
  ),
  timeout: Type.Optional(duration('How long the workload may take to answer.', DEFAULTS.gateway.timeout)),
  retries: Type.Optional(
    closed('Requests that are safe to repeat are sent again.', {
      attempts: count('How often at most.', { maximum: 10 }),
      on: Type.Optional({
        ...list(
          word(RETRY_REASONS, 'A kind of failure.'),
          'Which failures are worth another try: a connection that fails or breaks, no answer in time, an answer of 5xx.',
        ),
        default: DEFAULTS.gateway.retries.on,
      }),
    }),
  ),
  maxRequests: Type.Optional(
    count(
      'How many requests a process may have at once; when all of a track have so many, others are answered with 503. Without it: any number.',
      { maximum: 100_000 },
    ),
  ),
  eject: Type.Optional(
    closed(
      'A process that fails again and again gets no requests for a while, unless too few others are left.',
      {
        after: Type.Optional({
          ...count('After so many failures in a row: no connection, no answer, or an answer of 5xx.', {
            maximum: 1_000,
          }),
          default: DEFAULTS.gateway.eject.after,
        }),
        for: Type.Optional(
          duration('For so long; longer every time it fails at once again.', DEFAULTS.gateway.eject.for),
        ),
      },
    ),
  ),
  tracing: Type.Optional(
    closed('Begins a trace (the field traceparent of W3C) for every request that is in none yet.', {
      sample: Type.Optional(
        share('How many of these are marked to be recorded.', DEFAULTS.gateway.tracing.sample),
      ),
    }),
  ),
  accessLog: Type.Optional(
    choice('place', 'Writes down every request, as a line of JSON.', {
      file: closed('In a file.', {
        path: text('Path of the file.'),
        maxSize: Type.Optional({
          ...formed(
            'an amount of bytes, as in 100Mi or 1G',
            '^\\d+(\\.\\d+)?(k|K|M|G|Ki|Mi|Gi)?$',
            'A file larger than that becomes `path.1`, that `path.2`, and so on.',
          ),
          default: DEFAULTS.gateway.accessLog.maxSize,
        }),
        keep: Type.Optional({
          ...count('How many of these are kept.', { maximum: 100 }),
          default: DEFAULTS.gateway.accessLog.keep,
        }),
      }),
      stdout: nothing("In the gateway's own log."),
    }),
  ),
  routes: Type.Optional(
    objectList(
      closed('One route.', { path: pathPrefix('Requests whose path begins so.'), to: facadeTarget }),
      'A façade before an old system, taken over path by path; the first route that fits counts.',
    ),
  ),
  legacyHost: Type.Optional(
    word(
      ['asked', 'own'],
      'The host that old systems are told: the one that was asked for, or the one in their URL.',
      DEFAULTS.gateway.legacyHost,
    ),
  ),
});

const divided = () => ({
  service: Type.Optional(
    text('The Service whose pods are divided. Without it: the one that the steered rules send to.'),
  ),
  sticky: Type.Optional(
    closed(
      'Keeps a user on one version until the release has ended: weights divide those who come without the cookie.',
      { cookie: stickyCookie() },
    ),
  ),
});

const routeReference = (kind: string) =>
  closed(`An ${kind} to steer.`, {
    name: text(`Name of the ${kind}.`),
    rules: Type.Optional(
      list(text('Name of a rule.'), 'The rules to steer. Without it: all that send to the Service.'),
    ),
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
  nginxIngress: closed('The canary annotations of ingress-nginx.', {
    ingress: text('Name of the Ingress.'),
    ...divided(),
  }),
  istio: closed('Istio.', {
    virtualService: closed('The VirtualService to steer.', {
      name: text('Its name.'),
      routes: Type.Optional(
        list(text('Name of a route.'), 'The routes to steer. Without it: all that send to the Service.'),
      ),
    }),
    destinationRule: Type.Optional(
      closed('Where the subsets are. Without it each version has a Service of its own.', {
        name: text('Its name.'),
      }),
    ),
    ...divided(),
  }),
  gatewayAPI: closed(
    'The Kubernetes Gateway API.',
    {
      httpRoute: Type.Optional(routeReference('HTTPRoute')),
      grpcRoute: Type.Optional(routeReference('GRPCRoute')),
      implementation: Type.Optional(
        word(
          GATEWAY_IMPLEMENTATIONS,
          'Whose counters tell what was served, for errors and latency measured by a source.',
        ),
      ),
      ...divided(),
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
  return objectList(
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

/** A match as it is written. */
export type WrittenMatch = Static<ReturnType<typeof match>>;
