import type { NamedMatch, Rule, HttpMatch, GrpcMatch } from '../../../src/traffic/gateway-api/routes.ts';
import type { HttpRoute, RequestMatch } from '../../../src/traffic/istio/objects.ts';

/** A request, as far as routes look at one here. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Who gets a part of some requests: those behind a Service, or those of them with such labels. */
export interface Target {
  readonly service: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly weight: number;
}

/** What becomes of a request: who may answer it, and who gets copies, of so many percent. */
export interface Answer {
  readonly targets: readonly Target[];
  readonly copies: readonly Target[];
}

/** What a data plane does with a request, as its route is now. */
export type Plane = (request: Request) => Answer;

const NOBODY: Answer = { targets: [], copies: [] };

interface Ranked<M> {
  readonly rule: Rule<M>;
  readonly rank: readonly number[];
}

/** The rules of an HTTPRoute: the narrowest match counts, and among equals the first rule. */
export function httpRoutePlane(rules: readonly Rule<HttpMatch>[]): Plane {
  return (request) =>
    answerOf(narrowest(rules, (match) => (fitsHttp(match, request) ? rankOfHttp(match) : undefined)));
}

/** The rules of a GRPCRoute, of the same kind. */
export function grpcRoutePlane(rules: readonly Rule<GrpcMatch>[]): Plane {
  return (request) =>
    answerOf(narrowest(rules, (match) => (fitsGrpc(match, request) ? rankOfGrpc(match) : undefined)));
}

function narrowest<M extends object>(
  rules: readonly Rule<M>[],
  rankOf: (match: M) => readonly number[] | undefined,
): Rule<M> | undefined {
  const ranked = rules.flatMap((rule) =>
    (rule.matches ?? [{} as M]).flatMap((match): readonly Ranked<M>[] => {
      const rank = rankOf(match);
      return rank === undefined ? [] : [{ rule, rank }];
    }),
  );
  // Sorting keeps equals in their order.
  return [...ranked].sort((a, b) => compare(b.rank, a.rank))[0]?.rule;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) if (value !== (b[i] ?? 0)) return value - (b[i] ?? 0);
  return 0;
}

function answerOf<M>(rule: Rule<M> | undefined): Answer {
  if (rule === undefined) return NOBODY;
  const mirrors = (rule.filters ?? []).flatMap(({ requestMirror }) => requestMirror ?? []);
  return {
    targets: (rule.backendRefs ?? []).map(({ name, weight = 1 }) => ({ service: name, weight })),
    copies: mirrors.map(({ backendRef, percent, fraction }) => ({
      service: backendRef.name,
      weight: percent ?? ((fraction?.numerator ?? 1) * 100) / (fraction?.denominator ?? 1),
    })),
  };
}

function fitsHttp({ path, method, headers = [] }: HttpMatch, request: Request): boolean {
  const { type = 'PathPrefix', value = '/' } = path ?? {};
  const isBelow = value === '/' || request.path === value || request.path.startsWith(`${value}/`);
  const isThere = type === 'Exact' ? request.path === value : isBelow;
  return isThere && (method ?? request.method) === request.method && hasHeaders(headers, request);
}

function rankOfHttp({ path, method, headers = [] }: HttpMatch): readonly number[] {
  const { type, value = '/' } = path ?? {};
  return [type === 'Exact' ? 1 : 0, value.length, method === undefined ? 0 : 1, headers.length];
}

function fitsGrpc({ method = {}, headers = [] }: GrpcMatch, request: Request): boolean {
  const [, service = '', name = ''] = request.path.split('/');
  const isIt = (method.service ?? service) === service && (method.method ?? name) === name;
  return isIt && hasHeaders(headers, request);
}

function rankOfGrpc({ method = {}, headers = [] }: GrpcMatch): readonly number[] {
  return [method.service?.length ?? 0, method.method?.length ?? 0, headers.length];
}

function hasHeaders(wanted: readonly NamedMatch[], { headers }: Request): boolean {
  return wanted.every(({ name, type, value }) => {
    const is = headers[name.toLowerCase()];
    if (is === undefined) return false;
    return type === 'RegularExpression' ? new RegExp(value).test(is) : is === value;
  });
}

/** The routes of a VirtualService: the first that fits counts. `behind` finds out what a subset is. */
export function istioPlane(
  routes: readonly HttpRoute[],
  behind: (host: string, subset: string | undefined) => Omit<Target, 'weight'>,
): Plane {
  return (request) => {
    const found = routes.find(({ match = [{}] }) => match.some((one) => fitsIstio(one, request)));
    if (found === undefined) return NOBODY;
    const { route = [], mirror, mirrorPercentage } = found;
    return {
      // A destination that is alone gets everything.
      targets: route.map(({ destination: { host, subset }, weight = 100 }) => ({
        ...behind(host, subset),
        weight,
      })),
      copies:
        mirror === undefined
          ? []
          : [{ ...behind(mirror.host, mirror.subset), weight: mirrorPercentage?.value ?? 100 }],
    };
  };
}

function fitsIstio({ uri, method, headers = {} }: RequestMatch, request: Request): boolean {
  const tests = [
    [uri, request.path],
    [method, request.method],
    ...Object.entries(headers).map(([name, test]) => [test, request.headers[name]] as const),
  ] as const;
  return tests.every(([test, value]) => test === undefined || fitsText(test, value));
}

function fitsText(test: object, value: string | undefined): boolean {
  if (value === undefined) return false;
  const { exact, prefix } = test as { readonly exact?: string; readonly prefix?: string };
  return exact === undefined ? value.startsWith(prefix ?? '') : value === exact;
}

const NGINX = 'nginx.ingress.kubernetes.io/canary';

/** The Ingress `shop` with the annotations of the one beside it: a header first, then the weight. */
export function nginxPlane(said: Readonly<Record<string, string>>): Plane {
  return ({ headers }) => {
    const name = said[`${NGINX}-by-header`];
    const value = name === undefined ? undefined : headers[name.toLowerCase()];
    if (value !== undefined && value === said[`${NGINX}-by-header-value`])
      return { targets: [{ service: 'shop-canary', weight: 1 }], copies: [] };
    const weight = Number(said[`${NGINX}-weight`] ?? 0);
    const total = Number(said[`${NGINX}-weight-total`] ?? 100);
    return {
      targets: [
        { service: 'shop', weight: total - weight },
        { service: 'shop-canary', weight },
      ],
      copies: [],
    };
  };
}
