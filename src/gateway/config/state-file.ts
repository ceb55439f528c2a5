import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isOutOfSpace } from '../../base/errno.ts';
import { Failure, messageOf } from '../../base/failure.ts';
import { isJsonObject } from '../../base/json.ts';
import { moveAside } from '../../files/aside.ts';
import { isDraft, writeDurably } from '../../files/durable-file.ts';
import { parseConfig } from './parse-config.ts';
import { addressKey, type BoundAddress, type GatewayConfig, type ListenAddress } from '../protocol.ts';

/** The layout of the file; another number means another coalmine wrote it. */
const FORMAT = 1;
const NAME = 'config.json';

/** What outlives the gateway. */
export interface SavedState {
  readonly config: GatewayConfig;
  /** The ports that stood for port 0, by address key, so that a restart takes the same. */
  readonly ports: Readonly<Record<string, number>>;
}

/** What was found at the start. */
export interface LoadedState {
  readonly saved: SavedState | undefined;
  /** Set when the file could not be used; it was moved aside then, never overwritten. */
  readonly problem?: string;
}

/** Replaces the state durably: after a crash at any moment the file holds the old state or the new one. */
export async function saveState(dir: string, state: SavedState): Promise<void> {
  try {
    await writeDurably(join(dir, NAME), `${JSON.stringify({ format: FORMAT, ...state })}\n`);
  } catch (cause) {
    throw new Failure(
      isOutOfSpace(cause) ? 'diskFull' : 'storeUnusable',
      `the gateway cannot save its config in ${dir}: ${messageOf(cause)}`,
      {
        hint: 'It is served all the same, and saved as soon as the disk takes it; a restart before that serves the config before it.',
        cause,
      },
    );
  }
}

/** Reads the state, and clears away drafts of it. A file that cannot be understood is moved aside; one that cannot be read is an error. */
export function loadState(dir: string): LoadedState {
  removeDrafts(dir);
  const path = join(dir, NAME);
  if (!existsSync(path)) return { saved: undefined };
  const text = readFileSync(path, 'utf8');
  try {
    return { saved: parseState(JSON.parse(text)) };
  } catch (error) {
    const problem = `the saved config was unusable (${messageOf(error)}) and is now ${moveAside(path)}`;
    return { saved: undefined, problem };
  }
}

/** The port saved for an address of port 0. */
export function savedPort(state: SavedState | undefined, address: ListenAddress): number | undefined {
  return state?.ports[addressKey(address)];
}

/** The ports to save. */
export function portsOf(bound: readonly BoundAddress[]): Record<string, number> {
  return Object.fromEntries(
    bound.filter((address) => address.port === 0).map((address) => [addressKey(address), address.boundPort]),
  );
}

function parseState(value: unknown): SavedState {
  if (!isJsonObject(value)) throw new Error('not an object');
  if (value['format'] !== FORMAT)
    throw new Error(`format ${JSON.stringify(value['format'])}, known is ${FORMAT}`);
  const ports = isJsonObject(value['ports']) ? Object.entries(value['ports']) : [];
  return {
    config: parseConfig(value['config']),
    ports: Object.fromEntries(
      ports.flatMap(([key, port]) => (typeof port === 'number' ? [[key, port]] : [])),
    ),
  };
}

/** What a save left behind that a crash cut short. */
function removeDrafts(dir: string): void {
  for (const name of readdirSync(dir)) if (isDraft(name)) rmSync(join(dir, name), { force: true });
}
