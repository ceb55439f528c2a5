import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { isMissing } from '../base/errno.ts';
import { Failure, messageOf } from '../base/failure.ts';
import { jsonObjectOrNothing } from '../base/json.ts';
import { moveAside } from '../files/aside.ts';
import { writeDurably } from '../files/durable-file.ts';
import {
  listeningOf,
  upListeningOptions,
  USUAL_LISTENING,
  writtenListening,
  type Listening,
} from './listening.ts';
import type { Session } from './session.ts';

/** In the data directory: where the last start listened. */
const NAME = 'listening.json';
/** The layout of the file; another number means another coalmine wrote it. */
const FORMAT = 1;

/** Whether the last start counts. */
export interface Forgetting {
  readonly remembered: boolean;
}

/** `--no-remembered` */
export function forgettingOption(): Option {
  const description = 'listen only where these options say, whatever was remembered of the last start';
  return new Option('--no-remembered', description);
}

/**
 * The options of a command, with where the last start listened for what they leave open; tells what that is. Throws
 * Failure `storeUnusable` when the last start cannot be read.
 */
export async function withRemembered<O extends Listening & Forgetting>(
  session: Session,
  command: Command,
  options: O,
): Promise<O> {
  if (!options.remembered) return options;
  const given = new Set(givenNames(command).map(subjectOf));
  const last = Object.entries(await readRemembered(session.dataDir));
  const open: Partial<Listening> = Object.fromEntries(last.filter(([name]) => !given.has(subjectOf(name))));
  const words = writtenListening(open);
  if (words.length === 0) return options;
  session.remark(`as at the last start: ${words.join(' ')} (--no-remembered leaves this out)`);
  return { ...options, ...open };
}

/** Keeps where this start listens for the next one. Answers why it could not; undefined when all is well. */
export async function remember(dataDir: string, options: Listening): Promise<string | undefined> {
  const path = join(dataDir, NAME);
  const text = `${JSON.stringify({ format: FORMAT, up: writtenListening(unusual(options)) })}\n`;
  try {
    const found = await textAt(path);
    if (found === text) return undefined;
    if (found !== undefined && isUnusable(found, path)) moveAside(path);
    await writeDurably(path, text);
    return undefined;
  } catch (cause) {
    return `the next start will not know where this one listens: ${messageOf(cause)}`;
  }
}

/** What differs from what `up` does by itself. */
function unusual(options: Listening): Partial<Listening> {
  const usual: Partial<Record<string, unknown>> = USUAL_LISTENING;
  const all = Object.entries(listeningOf(options, (path) => path));
  return Object.fromEntries(all.filter(([name, value]) => value !== usual[name]));
}

/** Where the last start listened, as far as that was not usual. Throws Failure `storeUnusable` when it cannot be read. */
export async function readRemembered(dataDir: string): Promise<Partial<Listening>> {
  const path = join(dataDir, NAME);
  const text = await textAt(path);
  return text === undefined ? {} : parsed(text, path);
}

function isUnusable(text: string, path: string): boolean {
  try {
    parsed(text, path);
    return false;
  } catch {
    return true;
  }
}

function parsed(text: string, path: string): Partial<Listening> {
  const { format, up } = jsonObjectOrNothing(text) ?? {};
  if (typeof format === 'number' && format > FORMAT) throw unusable(path, 'it is of a newer coalmine');
  if (format !== FORMAT || !Array.isArray(up)) throw unusable(path, 'it is damaged');
  const command = new Command()
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  for (const option of upListeningOptions()) command.addOption(option);
  try {
    command.parse(up.map(String), { from: 'user' });
  } catch (cause) {
    throw unusable(path, messageOf(cause), cause);
  }
  const options = command.opts<Listening>();
  const names = new Set(givenNames(command));
  return Object.fromEntries(Object.entries(options).filter(([name]) => names.has(name)));
}

/** The options that somebody has written. */
function givenNames(command: Command): readonly string[] {
  const names = command.options.map((option) => option.attributeName());
  return names.filter((name) => command.getOptionValueSource(name) === 'cli');
}

/** Of the options of the API, and of those of an identity provider, none means anything without the others. */
function subjectOf(name: string): string {
  return /^(?:api|oidc)(?=[A-Z])/.exec(name)?.[0] ?? name;
}

async function textAt(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw unusable(path, messageOf(cause), cause);
  }
}

function unusable(path: string, reason: string, cause?: unknown): Failure {
  return new Failure('storeUnusable', `where coalmine listened last cannot be told from ${path}: ${reason}`, {
    hint: 'Say where it is to listen, and add --no-remembered; the file is kept beside the new one.',
    cause,
  });
}
