import { isJsonObject } from '../../../src/base/json.ts';
import type { Rollout } from '../../../src/rollout/model.ts';
import { aRollout } from '../rollouts.ts';
import type { Event, History } from './history.ts';

type Kind = Event['kind'];
type Fields = Readonly<Record<string, unknown>>;

/** What a line of each kind says besides its kind. A command says its verb and what it likes. */
const FIELDS: Readonly<Record<Exclude<Kind, 'command'>, readonly string[]>> = {
  look: ['afterMs'],
  crash: ['afterMs', 'at'],
  staleLook: ['afterMs', 'looksAgo', 'of'],
  clockJump: ['byMs'],
  metrics: ['up'],
  gateway: ['state'],
  workload: ['up'],
  kill: ['which'],
  drift: [],
  want: ['revision'],
  answer: ['says'],
  vote: ['by', 'reject'],
  maintenance: ['on'],
  neighbour: ['is', 'same'],
  together: ['revisions'],
};

/** Between a word and the number of the other Rollout that the line is about. */
const OF = '@';

/** Begins a line of what a user says. */
const SAY = 'say';
/** Begins a line of what the Rollout has that the usual one has not. */
const ROLLOUT = 'rollout';
const ABSENT = 'none';
/** What is told field by field. */
const DETAILED = ['workload', 'analysis'];

/** A history as text, one line for each thing that happens; `historyOf` reads it. */
export function scriptOf({ rollout, others = [], happenings }: History): string {
  const declared = [rollout, ...others].flatMap((one, who) => rolloutLines(one, who));
  return [...declared, ...happenings.map(lineOf)].join('\n');
}

/** Reads what `scriptOf` wrote. Empty lines and those that begin with # are passed over. Throws with the line's number. */
export function historyOf(script: string): History {
  const rollouts: Record<string, unknown>[] = [{ ...aRollout() }];
  const happenings: Event[] = [];
  for (const [index, line] of script.split('\n').entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    try {
      const [subject = '', ...rest] = text.split(' ');
      const [word = '', other] = subject.split(OF);
      const who = other === undefined ? 0 : Number(other);
      if (word === ROLLOUT) {
        rollouts[who] ??= { ...aRollout() };
        setField(rollouts[who], rest[0] ?? '', rest.slice(1).join(' '));
      } else happenings.push({ ...happeningOf(word, rest.join(' ')), ...(who === 0 ? {} : { who }) });
    } catch (cause) {
      throw new Error(`line ${index + 1}, "${text}": ${cause instanceof Error ? cause.message : ''}`, {
        cause,
      });
    }
  }
  const [rollout, ...others] = rollouts as unknown as [Rollout, ...Rollout[]];
  return { rollout, ...(others.length === 0 ? {} : { others }), happenings };
}

/** One thing that happens, on one line. */
export function lineOf({ who = 0, ...event }: Event): string {
  if (event.kind === 'command') {
    const { verb, ...more } = event.command;
    return [about(SAY, who), verb, ...fieldTexts(more)].join(' ');
  }
  const { kind, ...fields } = event;
  return [about(kind, who), ...fieldTexts(fields)].join(' ');
}

function about(word: string, who: number): string {
  return who === 0 ? word : `${word}${OF}${who}`;
}

/** Only what differs from the usual Rollout; of what has many fields, only those. */
function rolloutLines(rollout: Rollout, who: number): string[] {
  return differences({ ...rollout }, { ...aRollout() }, '').map((line) => `${about(ROLLOUT, who)} ${line}`);
}

function differences(own: Fields, usual: Fields, prefix: string): string[] {
  const keys = [...new Set([...Object.keys(own), ...Object.keys(usual)])].sort();
  return keys.flatMap((key) => {
    const [mine, theirs] = [own[key], usual[key]];
    if (JSON.stringify(mine) === JSON.stringify(theirs)) return [];
    if (DETAILED.includes(key) && isJsonObject(mine) && isJsonObject(theirs))
      return differences(mine, theirs, `${key}.`);
    return [`${prefix}${key} ${mine === undefined ? ABSENT : JSON.stringify(mine)}`];
  });
}

function setField(fields: Record<string, unknown>, path: string, text: string): void {
  const [key = '', ...rest] = path.split('.');
  if (rest.length > 0) {
    const inner = fields[key];
    const copy: Record<string, unknown> = isJsonObject(inner) ? { ...inner } : {};
    setField(copy, rest.join('.'), text);
    fields[key] = copy;
  } else if (text === ABSENT) Reflect.deleteProperty(fields, key);
  else fields[key] = JSON.parse(text);
}

function fieldTexts(fields: object): string[] {
  return Object.entries(fields).map(([key, value]) => `${key}=${plain(value)}`);
}

/** A word stands for itself, anything else is JSON. */
function plain(value: unknown): string {
  const isWord = typeof value === 'string' && /^[a-z][\w-]*$/i.test(value) && !isJson(value);
  return isWord ? value : JSON.stringify(value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function happeningOf(word: string, rest: string): Event {
  if (word === SAY) {
    const [verb = '', ...more] = rest.split(' ');
    return { kind: 'command', command: { verb, ...fieldsOf(more.join(' ')) } } as Event;
  }
  const known: Readonly<Record<string, readonly string[]>> = FIELDS;
  const expected = known[word];
  if (expected === undefined)
    throw new Error(`there are ${[...Object.keys(known), SAY, ROLLOUT].join(', ')}`);
  const fields = fieldsOf(rest);
  if (Object.keys(fields).sort().join() !== [...expected].sort().join())
    throw new Error(`${word} says ${expected.join(', ') || 'nothing more'}`);
  return { kind: word, ...fields } as Event;
}

function fieldsOf(text: string): Fields {
  const parts = text.split(/ (?=\w+=)/).filter((part) => part !== '');
  return Object.fromEntries(
    parts.map((part) => {
      const at = part.indexOf('=');
      const value = part.slice(at + 1);
      return [part.slice(0, at), isJson(value) ? JSON.parse(value) : value] as const;
    }),
  );
}
