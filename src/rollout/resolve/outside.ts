import { DEFAULTS } from '../defaults.ts';
import type {
  ApprovalGate,
  FreezeGate,
  Gate,
  GateQuestion,
  Hook,
  RolloutGate,
  WebhookSettings,
  WindowGate,
} from '../model-outside.ts';
import { itemPath } from '../path.ts';
import { field, LONG, readDuration, SHORT, tell, type Place } from '../place.ts';
import { refuseAddress, resolveLogin, secretPlace } from './login.ts';
import type { RolloutSpec } from '../schema/document.ts';

type WrittenGate = NonNullable<RolloutSpec['gates']>[number];
type WrittenHook = NonNullable<RolloutSpec['hooks']>[number];
type Written<Kind extends keyof WrittenGate> = NonNullable<WrittenGate[Kind]>;
type WrittenWebhook = NonNullable<WrittenHook['webhook']>;

/** `spec.gates` with their defaults. */
export function resolveGates(written: readonly WrittenGate[], { path, report }: Place): readonly Gate[] {
  return written.flatMap((gate, i) => {
    const question = resolveQuestion(gate, { path: itemPath(path, i), report });
    if (question === undefined) return [];
    const { name, at } = gate;
    return [{ name, ...(at === undefined ? {} : { at }), ...question }];
  });
}

function resolveQuestion(written: WrittenGate, place: Place): GateQuestion | undefined {
  const { approval, window, freeze, webhook, rollout } = written;
  if (approval !== undefined) return resolveApproval(approval, field(place, 'approval'));
  if (window !== undefined) return resolveWindow(window, field(place, 'window'));
  if (freeze !== undefined) return resolveFreeze(freeze, field(place, 'freeze'));
  if (rollout !== undefined) return resolveNeighbour(rollout, field(place, 'rollout'));
  if (webhook === undefined) return undefined;
  const at = field(place, 'webhook');
  const { every, within } = { ...DEFAULTS.gateWebhook, ...webhook };
  return {
    kind: 'webhook',
    ...resolveWebhook(webhook, at),
    everyMs: readDuration(field(at, 'every'), every, { leastMs: 1_000, mostMs: SHORT.mostMs }),
    withinMs: readDuration(field(at, 'within'), within, LONG),
  };
}

function resolveApproval(written: Written<'approval'>, place: Place): ApprovalGate {
  const { by, within } = written;
  const { count, otherwise } = { ...DEFAULTS.approval, ...written };
  refuseNobody(by, field(place, 'by'));
  const isOnlyPeople = by.every((one) => !one.startsWith('group:'));
  const people = new Set(by.map((one) => one.replace(/^(token|user):/, ''))).size;
  if (isOnlyPeople && count > people) {
    tell(field(place, 'count'), `${count} must say yes, and only ${people} may`, 'name more in by');
  }
  if (written.otherwise !== undefined && within === undefined) {
    tell(field(place, 'otherwise'), 'without within it never comes to that', 'add within, as in within: 4h');
  }
  return {
    kind: 'approval',
    by,
    count,
    ...(within === undefined ? {} : { withinMs: readDuration(field(place, 'within'), within, LONG) }),
    otherwise,
  };
}

function resolveNeighbour(written: Written<'rollout'>, place: Place): RolloutGate {
  const { name, phase, same } = written;
  return {
    kind: 'rollout',
    rollout: name,
    phase,
    ...(same === undefined ? {} : { same }),
    ...(written.for === undefined ? {} : { forMs: readDuration(field(place, 'for'), written.for, LONG) }),
  };
}

function refuseNobody(by: readonly string[], place: Place): void {
  by.forEach((one, i) => {
    if (/^(group|token|user):\S+$|^[^\s:]+$/.test(one)) return;
    const at = { path: itemPath(place.path, i), report: place.report };
    tell(at, `"${one}" is nobody's name`, 'write a name, group:<name>, user:<name> or token:<name>');
  });
}

function resolveWindow({ days, from, to, timeZone }: Written<'window'>, place: Place): WindowGate {
  const zone = timeZone ?? DEFAULTS.window.timeZone;
  if (!isTimeZone(zone)) {
    tell(
      field(place, 'timeZone'),
      `${zone} is not a time zone`,
      'write a name of the IANA list, as in Europe/Madrid',
    );
  }
  return {
    kind: 'window',
    ...(days === undefined ? {} : { days }),
    from: minutesOf(from),
    to: minutesOf(to),
    timeZone: zone,
  };
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function minutesOf(clock: string): number {
  const [hours = '0', minutes = '0'] = clock.split(':');
  return Number(hours) * 60 + Number(minutes);
}

const DAY_MS = 86_400_000;

function resolveFreeze({ from, to }: Written<'freeze'>, place: Place): FreezeGate {
  const fromMs = momentOf(from, field(place, 'from'));
  const toMs = momentOf(to, field(place, 'to')) + (isDay(to) ? DAY_MS : 0);
  if (toMs <= fromMs) tell(field(place, 'to'), `${to} is not after ${from}`, 'a freeze ends after it begins');
  return { kind: 'freeze', fromMs, toMs };
}

function isDay(moment: string): boolean {
  return !moment.includes('T');
}

/** A written moment, in milliseconds since 1970; a day alone begins at midnight UTC. */
export function momentOf(text: string, place: Place): number {
  const ms = Date.parse(text);
  const day = Date.parse(`${text.slice(0, 10)}T00:00:00Z`);
  // A date that does not exist, as the 31st of April, is taken for one in May.
  const isReal = !Number.isNaN(day) && new Date(day).toISOString().startsWith(text.slice(0, 10));
  if (Number.isNaN(ms) || !isReal) tell(place, `${text} is not a moment of the calendar`);
  return ms;
}

function resolveWebhook({ url, ...written }: WrittenWebhook, place: Place): WebhookSettings {
  refuseAddress(url, field(place, 'url'));
  return { url, ...resolveCredentials(written) };
}

/** How another system knows that it is us who asks. */
export function resolveCredentials({
  auth,
  sign,
  headers = {},
}: Omit<WrittenWebhook, 'url'>): Omit<WebhookSettings, 'url'> {
  const login = auth && resolveLogin(auth);
  const key = sign && secretPlace(sign.secret);
  return {
    ...(login === undefined ? {} : { auth: login }),
    ...(key === undefined ? {} : { sign: key }),
    headers,
  };
}

/** `spec.hooks` with their defaults. */
export function resolveHooks(written: readonly WrittenHook[], { path, report }: Place): readonly Hook[] {
  return written.flatMap((hook, i): readonly Hook[] => {
    const place = { path: itemPath(path, i), report };
    const { name, at, command, webhook, job } = hook;
    const timeoutMs = readDuration(field(place, 'timeout'), hook.timeout ?? DEFAULTS.hook.timeout, SHORT);
    const common = { name, ...(at === undefined ? {} : { at }), timeoutMs };
    if (command !== undefined) return [{ ...common, kind: 'command', command }];
    if (job !== undefined) return [{ ...common, kind: 'job', template: job.template }];
    if (webhook === undefined) return [];
    return [{ ...common, kind: 'webhook', ...resolveWebhook(webhook, field(place, 'webhook')) }];
  });
}
