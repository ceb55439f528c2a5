import { isJsonObject, type Json, type JsonObject } from '../../../src/client/browser.ts';
import type { RolloutView } from '../../../src/client/index.ts';

/** A gate that waits for something else than people, or a hook: what a release stands at. */
export interface HurdleView {
  readonly kind: 'gate' | 'hook';
  readonly name: string;
  readonly forMs: number;
  /** What it waits for, as the document says it. */
  readonly words: string;
  /** The Rollout that it waits for; absent: none. */
  readonly rollout?: string;
}

/** What a release stands at; undefined for an approval, which people are asked for, and where it stands at nothing. */
export function hurdleOf({ release, document }: RolloutView): HurdleView | undefined {
  const { held, goingBack } = release ?? {};
  if (held === undefined || goingBack !== undefined) return undefined;
  const { kind, name, forMs } = held;
  const declared = listOf(document, `${kind}s`).find((one) => one['name'] === name) ?? {};
  return declared['approval'] === undefined ? { kind, name, forMs, ...waitOf(declared) } : undefined;
}

function waitOf(declared: JsonObject): Pick<HurdleView, 'words' | 'rollout'> {
  const of = Object.keys(WORDS).find((one) => declared[one] !== undefined);
  if (of === undefined) return { words: 'it is not declared any more' };
  const { [of]: more } = declared;
  const details = isJsonObject(more) ? more : {};
  const rollout = of === 'rollout' ? textOf(details['name']) : undefined;
  return { words: WORDS[of]?.(details) ?? '', ...(rollout === undefined ? {} : { rollout }) };
}

/** The hooks whose output is kept: those that are programs, and jobs. */
export function hooksWithOutput({ document }: Pick<RolloutView, 'document'>): readonly string[] {
  return listOf(document, 'hooks').flatMap((hook) => {
    const name = textOf(hook['name']);
    return name === undefined || hook['webhook'] !== undefined ? [] : [name];
  });
}

/** What each kind of gate or hook waits for. */
const WORDS: Readonly<Record<string, (of: JsonObject) => string>> = {
  window: ({ days, from, to, timeZone }) =>
    `it opens ${daysWords(days)}from ${textOf(from) ?? '?'} to ${textOf(to) ?? '?'} (${textOf(timeZone) ?? 'UTC'})`,
  freeze: ({ from, to }) => `nothing is released from ${textOf(from) ?? '?'} to ${textOf(to) ?? '?'}`,
  webhook: () => 'another system has to answer with success',
  rollout: ({ name, phase }) => `${textOf(name) ?? 'another Rollout'} has to be ${textOf(phase) ?? 'well'}`,
  command: () => 'a program has to end well; what it writes is in the logs',
  job: () => 'a job has to end well',
};

function daysWords(days: Json | undefined): string {
  return Array.isArray(days) ? `${days.filter((one) => typeof one === 'string').join(', ')} ` : '';
}

function listOf({ spec }: JsonObject, list: string): readonly JsonObject[] {
  const all = isJsonObject(spec) ? spec[list] : undefined;
  return Array.isArray(all) ? all.filter(isJsonObject) : [];
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
