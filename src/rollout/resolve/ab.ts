import { isSameJson } from '../../base/same-json.ts';
import { FULL_SHARE, NO_SHARE, type Share } from '../../base/share.ts';
import { DEFAULTS } from '../defaults.ts';
import type { AbStrategy, Conversion, Goal, Unit, Variant } from '../experiment.ts';
import { field, item, LONG, readDuration, readMargin, readShare, tell, type Place } from '../place.ts';
import { resolveMatch } from './match.ts';
import { cookieName } from './traffic.ts';
import type { RolloutSpec } from '../schema/document.ts';

type WrittenAb = NonNullable<RolloutSpec['strategy']['ab']>;
type WrittenVariant = WrittenAb['variants'][number];

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$/;
/** So many variants may run at once, what runs today among them: each runs at full size. */
export const MOST_VARIANTS = 10;
const METHOD = /^[A-Za-z-]{1,32}$/;

/** `strategy.ab` with its defaults; `rollout` is the name that an id cookie may be called by. */
export function resolveAb(written: WrittenAb, place: Place, rollout: string): AbStrategy {
  const { goal, endWhen = {}, winner = {} } = written;
  const { decided, users, atMost } = endWhen;
  return {
    kind: 'ab',
    unit: resolveUnit(written.unit, field(place, 'unit'), rollout),
    ...resolveVariants(written.variants, field(place, 'variants')),
    goal: resolveGoal(goal, field(place, 'goal')),
    ...(goal.minimumEffect === undefined
      ? {}
      : { minimumEffect: resolveEffect(goal.minimumEffect, field(field(place, 'goal'), 'minimumEffect')) }),
    untilDecided: decided ?? true,
    ...(users === undefined ? {} : { users }),
    atMostMs: readDuration(field(field(place, 'endWhen'), 'atMost'), atMost ?? DEFAULTS.ab.atMost, LONG),
    whenBetter: winner.whenBetter ?? DEFAULTS.ab.whenBetter,
    otherwise: winner.otherwise ?? DEFAULTS.ab.otherwise,
  };
}

function resolveUnit(written: WrittenAb['unit'], place: Place, rollout: string): Unit {
  if (typeof written === 'string') return { from: 'gateway', cookie: cookieName('auto', `${rollout}-ab`) };
  for (const from of ['cookie', 'header', 'query'] as const) {
    const name = written[from];
    if (name !== undefined) return { from, name };
  }
  tell(place, 'names nothing that tells users apart', 'cookie, header or query, or auto');
  return { from: 'cookie', name: '' };
}

function resolveVariants(
  written: readonly WrittenVariant[],
  place: Place,
): Pick<AbStrategy, 'control' | 'challengers'> {
  written.forEach(({ name }, i) => {
    if (NAME.test(name)) return;
    const hint = 'letters, digits, dots, hyphens and underscores, at most 40';
    tell(field(item(place, i), 'name'), `"${name}" cannot name a variant`, hint);
  });
  const controls = written.filter(({ stable }) => stable === true);
  if (controls.length !== 1)
    tell(place, `${controls.length} variants are what runs today`, 'write stable: true at one of them');
  if (written.length < 2) tell(place, 'there is nothing to compare', 'two variants at least');
  if (written.length > MOST_VARIANTS)
    tell(place, `${written.length} variants run at once`, `${MOST_VARIANTS} at most`);
  const [control] = controls;
  const shares = sharesOf(written, place);
  refuseAlike(written, place);
  const challengers = written.flatMap((one, i): Variant[] => {
    const at = item(place, i);
    if (one.stable !== true) return [resolveChallenger(one, shares.get(one) ?? NO_SHARE, at)];
    refuseOfStable(one, at);
    return [];
  });
  return { control: { name: control?.name ?? '', share: shares.get(control) ?? NO_SHARE }, challengers };
}

function resolveChallenger({ name, match, env = {} }: WrittenVariant, share: Share, at: Place): Variant {
  return {
    name,
    share,
    ...(match === undefined ? {} : { match: resolveMatch(match, field(at, 'match')) }),
    env,
  };
}

/** Of one program and one environment comes one revision, which is not compared with itself. */
function refuseAlike(written: readonly WrittenVariant[], place: Place): void {
  written.forEach((one, i) => {
    if (one.stable === true) return;
    const twin = written
      .slice(0, i)
      .find((other) => other.stable !== true && isSameJson(other.env ?? {}, one.env ?? {}));
    if (twin === undefined) return;
    const reason = `${one.name} is the same as ${twin.name}`;
    tell(item(place, i), reason, 'give each variant an env of its own');
  });
}

function refuseOfStable({ env, match }: WrittenVariant, place: Place): void {
  if (env !== undefined)
    tell(field(place, 'env'), 'what runs today has its environment already', 'give env to another variant');
  if (match !== undefined)
    tell(field(place, 'match'), 'whoever is sent nowhere else is with what runs today', 'leave it out');
}

/** What our own gateway can serve: a hundredth of a percent. */
const FINEST = 10;

/** Evenly, where none is written. */
function sharesOf(
  written: readonly WrittenVariant[],
  place: Place,
): ReadonlyMap<WrittenVariant | undefined, Share> {
  const isWritten = written.some(({ share }) => share !== undefined);
  const even = Math.floor(FULL_SHARE / FINEST / Math.max(1, written.length)) * FINEST;
  // What is left of a division goes to what runs today.
  const rest = FULL_SHARE - even * written.length;
  const shares = new Map<WrittenVariant | undefined, Share>();
  let sum = 0;
  written.forEach((one, i) => {
    const at = field(item(place, i), 'share');
    if (isWritten && one.share === undefined)
      tell(at, 'is missing', 'write a share for each variant, or for none');
    const evenly = (even + (one.stable === true ? rest : 0)) as Share;
    const share = one.share === undefined ? evenly : readShare(at, one.share);
    if (share === NO_SHARE) tell(at, `${one.name} gets nobody`, 'a share above 0%');
    shares.set(one, share);
    sum += share;
  });
  if (isWritten && sum !== FULL_SHARE) tell(place, `the shares add up to ${sum / 1_000}%`, '100% in all');
  return shares;
}

/** Whether there is such a check, and whether it can be a goal, is asked where the checks are known. */
function resolveGoal({ conversion, check }: WrittenAb['goal'], place: Place): Goal {
  if (check !== undefined) return { check };
  return { conversion: resolveConversion(conversion, field(place, 'conversion')) };
}

function resolveConversion(written: WrittenAb['goal']['conversion'], place: Place): Conversion {
  const { method, path = '/', status } = written ?? {};
  if (method !== undefined && !METHOD.test(method))
    tell(field(place, 'method'), `"${method}" is no HTTP method`, 'as in POST');
  if (!path.startsWith('/') || path.includes('?'))
    tell(field(place, 'path'), `${path} is not a path without a query`, 'as in /orders');
  return {
    ...(method === undefined ? {} : { method: method.toUpperCase() }),
    path,
    ...(status === undefined ? {} : { status: Number(status.replace('xx', '')) }),
  };
}

function resolveEffect(text: string, place: Place): number {
  const effect = readMargin(text);
  if (effect === 0) tell(place, 'no difference at all is found by nothing', 'as in 5%');
  return effect;
}
