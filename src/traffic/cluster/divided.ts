import { Failure } from '../../base/failure.ts';
import { SIDES } from './division.ts';
import { serviceOf } from './services.ts';

/** A rule of a route, as far as it must be known to find those that are steered. */
export interface Sending {
  readonly name: string | undefined;
  /** The Services that it sends to. */
  readonly to: readonly string[];
}

/** Which rules are meant. */
export interface Meant {
  /** Of the route, for messages: `HTTPRoute shop`. */
  readonly what: string;
  /** The names of the rules; absent: all that send to the Service. */
  readonly rules?: readonly string[];
  /** Absent: the one Service that these send to. */
  readonly service?: string;
  /** Where both are written: `traffic.gatewayAPI`. */
  readonly at: string;
}

/** The Service that is divided. Throws Failure that says what to write where that cannot be known. */
export function dividedService(rules: readonly Sending[], meant: Meant): string {
  const chosen = namedRules(rules, meant);
  if (meant.service !== undefined) return meant.service;
  const services = [...new Set(chosen.flatMap(({ to }) => to.map(withoutSide)))];
  const [only] = services;
  if (only !== undefined && services.length === 1) return only;
  const found = services.length === 0 ? 'to no Service' : `to ${services.join(' and ')}`;
  throw new Failure('invalidSpec', `${meant.what} sends ${found}: one of them must be meant`, {
    hint: `name it: ${meant.at}.service, or the rules that send to it alone`,
  });
}

/** Whether a rule is steered. Throws Failure for one that is named and sends elsewhere as well. */
export function isSteered(rule: Sending, service: string, meant: Meant): boolean {
  const isNamed = meant.rules === undefined || (rule.name !== undefined && meant.rules.includes(rule.name));
  const mine = [service, ...SIDES.map((side) => serviceOf(service, side))];
  const others = rule.to.filter((one) => !mine.includes(one));
  if (!isNamed || others.length === rule.to.length) return false;
  if (others.length === 0) return true;
  throw new Failure('conflict', `${wordsFor(rule, meant)} sends to ${others.join(', ')} besides ${service}`, {
    hint: 'let it send to one Service, or leave it out of the rules that are steered',
  });
}

/** Throws Failure `notFound` for a rule that is named and not there. */
function namedRules(rules: readonly Sending[], meant: Meant): readonly Sending[] {
  const named = meant.rules;
  if (named === undefined) return rules;
  const missing = named.find((name) => !rules.some((rule) => rule.name === name));
  if (missing === undefined) return rules.filter(({ name }) => name !== undefined && named.includes(name));
  const there = rules.flatMap(({ name }) => name ?? []).join(', ');
  throw new Failure('notFound', `${meant.what} has no rule named ${missing}`, {
    hint: there === '' ? 'its rules have no names: give it one' : `it has ${there}`,
  });
}

function wordsFor({ name }: Sending, { what }: Meant): string {
  return name === undefined ? `a rule of ${what}` : `the rule ${name} of ${what}`;
}

/** Of a Service of ours, the one it is a part of. */
function withoutSide(service: string): string {
  const side = SIDES.find((one) => service.endsWith(`-${one}`));
  return side === undefined ? service : service.slice(0, -side.length - 1);
}
