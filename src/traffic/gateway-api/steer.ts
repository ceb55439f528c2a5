import type { Json } from '../../base/json.ts';
import { FULL_SHARE, type Share } from '../../base/share.ts';
import type { Match, MatchItem } from '../../rollout/match.ts';
import { armsOf, type Arm, type Side } from '../cluster/division.ts';
import { isSteered, type Meant, type Sending } from '../cluster/divided.ts';
import { originalOf } from '../cluster/original.ts';
import { annotated, withRecord } from '../cluster/record.ts';
import { serviceOf } from '../cluster/services.ts';
import type { Wanted } from '../cluster/steering.ts';
import { weightsOf } from '../cluster/weights.ts';
import type { ApiRoute, BackendRef, Filter, Rule } from './routes.ts';

/** How one kind of route is steered. */
export interface RouteKind<M> {
  readonly meant: Meant;
  /** The requests that are in both; undefined where a route of this kind cannot name them. */
  readonly matchOf: (rule: M, item: MatchItem) => M | undefined;
  /** What a rule without matches is for. */
  readonly every: M;
  /** True: requests can be told apart by their methods; else all of them are copied. */
  readonly knowsMethods: boolean;
  readonly cookie?: string;
}

/** The rules that we add carry this in their names. */
const OURS = 'coalmine-';

/** The Services that a rule sends to. */
export function sendingOf<M>({ name, backendRefs = [] }: Rule<M>): Sending {
  return { name, to: backendRefs.map((ref) => ref.name) };
}

/** The rules that are not ours. */
export function foreignRules<M>({ spec }: ApiRoute<M>): readonly Rule<M>[] {
  return (spec.rules ?? []).filter(({ name }) => name?.startsWith(OURS) !== true);
}

/** The route as it should be: of the steered rules nothing but where they send to, and rules of ours before them. */
export function steered<M>(current: ApiRoute<M>, wanted: Wanted, kind: RouteKind<M>): ApiRoute<M> {
  const { route, service } = wanted;
  const name = service.metadata.name;
  const arms = armsOf(route);
  const original: Record<string, Json> = { ...originalOf(current) };
  const rules = foreignRules(current).flatMap((rule, place) => {
    const { backendRefs = [] } = rule;
    if (!isSteered(sendingOf(rule), name, kind.meant)) return [rule];
    const key = rule.name ?? String(place);
    // Whoever wrote the Service itself there has written the rule anew. What sends to ours alone was nobody else's.
    if (backendRefs.some((ref) => ref.name === name)) original[key] = backendRefs as unknown as Json;
    return rulesFor({ rule, key, service: name }, arms, kind);
  });
  return withRecord(
    annotated({ ...current, spec: { ...current.spec, rules } }, { original: JSON.stringify(original) }),
    route,
  );
}

/** The route as it was. */
export function released<M>(current: ApiRoute<M>, service: string, kind: RouteKind<M>): ApiRoute<M> {
  const original = originalOf(current);
  const rules = foreignRules(current).map((rule, place) => {
    const sending = sendingOf(rule);
    // Whoever wrote the Service itself there has put it back.
    if (!isSteered(sending, service, kind.meant) || sending.to.includes(service)) return rule;
    const [template] = rule.backendRefs ?? [];
    const before = original[rule.name ?? String(place)] as unknown as Rule<M>['backendRefs'];
    const plain = template === undefined ? [] : [{ ...template, name: service, weight: 1 }];
    return { ...withoutPersistence(rule, kind), backendRefs: before ?? plain };
  });
  return annotated(
    { ...current, spec: { ...current.spec, rules } },
    { original: undefined, route: undefined },
  );
}

interface Steered<M> {
  readonly rule: Rule<M>;
  readonly key: string;
  readonly service: string;
}

/** The rules in the place of one: those for the arms before the last, and the rule itself. */
function rulesFor<M>(steered: Steered<M>, arms: readonly Arm[], kind: RouteKind<M>): readonly Rule<M>[] {
  const { rule, key, service } = steered;
  const base = arms.at(-1);
  // Nobody serves: there is nothing to send them to, and nothing to be gained by taking that away.
  if (base === undefined) return [rule];
  const lasting = persistenceOf(rule, base, kind);
  const added = arms.slice(0, -1).flatMap((arm, i) => {
    const matches = matchesOf(rule.matches ?? [kind.every], arm, kind);
    if (matches.length === 0) return [];
    return [
      {
        ...(arm.match === undefined ? lasting : withoutPersistence(rule, kind)),
        name: `${OURS}${key}-${i}`,
        matches,
        ...filtersOf(rule, arm, service),
        backendRefs: backendsOf(rule, arm, service),
      },
    ];
  });
  return [...added, { ...lasting, backendRefs: backendsOf(rule, base, service) }];
}

/** Each of the rule's matches with each alternative; those that no request can fit are left out. */
function matchesOf<M>(own: readonly M[], { match, methods }: Arm, kind: RouteKind<M>): readonly M[] {
  const items: Match = match ?? (kind.knowsMethods ? (methods ?? []).map((method) => ({ method })) : [{}]);
  return items.flatMap((item) => own.flatMap((one) => kind.matchOf(one, item) ?? []));
}

function backendsOf<M>({ backendRefs = [] }: Rule<M>, arm: Arm, service: string): readonly BackendRef[] {
  const template = backendRefs[0] ?? { name: service };
  const weights = weightsOf(arm.targets.map(({ weight }) => weight));
  return arm.targets.map(({ side }, i) => ({
    ...template,
    name: serviceOf(service, side),
    weight: weights[i] ?? 0,
  }));
}

function filtersOf<M>(rule: Rule<M>, arm: Arm, service: string): { readonly filters?: readonly Filter[] } {
  const [template] = rule.backendRefs ?? [];
  const copies = arm.copies.map(({ side, share }) => mirrorOf(template, { side, share, service }));
  const filters = [...(rule.filters ?? []), ...copies];
  return filters.length === 0 ? {} : { filters };
}

interface Copied {
  readonly side: Side;
  readonly share: Share;
  readonly service: string;
}

function mirrorOf(template: BackendRef | undefined, { side, share, service }: Copied): Filter {
  const { group = '', kind = 'Service', port } = template ?? { name: service };
  const backendRef = { group, kind, name: serviceOf(service, side), ...(port === undefined ? {} : { port }) };
  return { type: 'RequestMirror', requestMirror: { backendRef, ...partOf(share) } };
}

const PERCENT = FULL_SHARE / 100;

/** Whole percents, or else a fraction. */
function partOf(share: Share): Pick<NonNullable<Filter['requestMirror']>, 'percent' | 'fraction'> {
  if (share % PERCENT === 0) return { percent: share / PERCENT };
  return { fraction: { numerator: share, denominator: FULL_SHARE } };
}

/** While users are divided, a session stays where it began. */
function persistenceOf<M>(rule: Rule<M>, base: Arm, kind: RouteKind<M>): Rule<M> {
  const { cookie } = kind;
  const without = withoutPersistence(rule, kind);
  if (cookie === undefined || base.targets.length < 2) return without;
  return {
    ...without,
    sessionPersistence: { ...rule.sessionPersistence, sessionName: cookie, type: 'Cookie' },
  };
}

function withoutPersistence<M>(rule: Rule<M>, { cookie }: RouteKind<M>): Rule<M> {
  const { sessionPersistence, ...rest } = rule;
  const isOurs = cookie !== undefined && sessionPersistence?.sessionName === cookie;
  return isOurs || sessionPersistence === undefined ? rest : { ...rest, sessionPersistence };
}
