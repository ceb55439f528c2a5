import type { Match, NamedTest } from '../../rollout/match.ts';
import { armsOf, type Arm } from '../cluster/division.ts';
import { valuePattern } from '../cluster/patterns.ts';
import { ownMetadata, serviceOf } from '../cluster/services.ts';
import type { Wanted } from '../cluster/steering.ts';
import { weightsOf } from '../cluster/weights.ts';
import type { Ingress, IngressPath } from './objects.ts';

/** How annotations of ingress-nginx begin. */
const PREFIX = 'nginx.ingress.kubernetes.io/';

type Annotations = Readonly<Record<string, string>>;

/** The Ingress for the new version; undefined where it gets no requests beside stable. */
export function canaryIngress(
  main: Ingress,
  wanted: Wanted,
  cookie: string | undefined,
): Ingress | undefined {
  const { service, owner } = wanted;
  const division = divisionOf(wanted);
  if (division === undefined) return undefined;
  const { metadata, spec } = main;
  const name = service.metadata.name;
  const rules = (spec.rules ?? []).flatMap(({ http, ...rule }) => {
    const paths = (http?.paths ?? []).flatMap((path) => canaryPath(path, name));
    return paths.length === 0 ? [] : [{ ...rule, http: { paths } }];
  });
  const { ingressClassName } = spec;
  return {
    metadata: {
      ...ownMetadata(canaryName(main), metadata.namespace, owner),
      annotations: { ...sharedAnnotations(main), ...stickyAnnotations(main, cookie), ...division },
    },
    spec: { ...(ingressClassName === undefined ? {} : { ingressClassName }), rules },
  };
}

/** The name of the Ingress for the new version. */
export function canaryName({ metadata }: Pick<Ingress, 'metadata'>): string {
  return `${metadata.name}-canary`;
}

function canaryPath({ backend, ...path }: IngressPath, name: string): readonly IngressPath[] {
  if (backend.service?.name !== name) return [];
  return [{ ...path, backend: { service: { ...backend.service, name: serviceOf(name, 'canary') } } }];
}

/** Who is sent to the new version; undefined: nobody, or everybody. */
function divisionOf({ route }: Wanted): Annotations | undefined {
  const arms = armsOf(route);
  const base = arms.at(-1);
  const match = arms.find((arm) => arm.match !== undefined)?.match ?? [];
  if (base === undefined || (base.targets.length < 2 && match.length === 0)) return undefined;
  return annotationsOf({ canary: 'true', ...weightOf(base), ...matchOf(match) });
}

function weightOf({ targets }: Arm): Annotations {
  const weights = weightsOf(targets.map(({ weight }) => weight));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const at = targets.findIndex(({ side }) => side === 'canary');
  const weight = String(weights[at] ?? 0);
  // A total below 100 is not looked at.
  return { 'canary-weight': weight, ...(total === 100 ? {} : { 'canary-weight-total': String(total) }) };
}

function matchOf(match: Match): Annotations {
  const header = match.find((item) => item.header !== undefined)?.header;
  const cookie = match.find((item) => item.cookie !== undefined)?.cookie;
  return {
    ...(header === undefined ? {} : headerOf(header)),
    ...(cookie === undefined ? {} : { 'canary-by-cookie': cookie.name }),
  };
}

function headerOf(test: NamedTest): Annotations {
  const name = { 'canary-by-header': test.name };
  if ('exact' in test) return { ...name, 'canary-by-header-value': test.exact };
  return { ...name, 'canary-by-header-pattern': 'present' in test ? '.*' : valuePattern(test) };
}

/** Of the main Ingress's annotations, those that ingress-nginx looks at on a canary, and the class of the old days. */
function sharedAnnotations({ metadata }: Ingress): Annotations {
  const shared =
    /^(kubernetes\.io\/ingress\.class|nginx\.ingress\.kubernetes\.io\/(affinity|session-cookie-|load-balance|upstream-hash-by).*)$/;
  return Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([key]) => shared.test(key)));
}

/** What keeps a user on one version; an Ingress that has an affinity of its own keeps it. */
function stickyAnnotations({ metadata }: Ingress, cookie: string | undefined): Annotations {
  const name = metadata.annotations?.[`${PREFIX}session-cookie-name`];
  const has = metadata.annotations?.[`${PREFIX}affinity`] !== undefined;
  if (cookie === undefined || (has && name !== cookie)) return {};
  return annotationsOf({ affinity: 'cookie', 'session-cookie-name': cookie });
}

/** The main Ingress while users are divided, and when they are not. */
export function mainIngress(main: Ingress, isDivided: boolean, cookie: string | undefined): Ingress {
  const ours = stickyAnnotations(main, cookie);
  const others = Object.entries(main.metadata.annotations ?? {}).filter(([key]) => ours[key] === undefined);
  const annotations = { ...Object.fromEntries(others), ...(isDivided ? ours : {}) };
  const { annotations: _, ...metadata } = main.metadata;
  const isNone = Object.keys(annotations).length === 0;
  return { ...main, metadata: { ...metadata, ...(isNone ? {} : { annotations }) } };
}

function annotationsOf(named: Annotations): Annotations {
  return Object.fromEntries(Object.entries(named).map(([key, value]) => [`${PREFIX}${key}`, value]));
}
