import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject } from '../base/json.ts';
import { isDraft, syncDirectory, writeDurably } from '../files/durable-file.ts';
import type { RunningWorkload } from '../rollout/model.ts';
import type { Marks } from './marks.ts';
import type { ProcessIdentity } from './machine.ts';

/**
 * What the next supervisor must know of an instance. Written without `process` before the start (an intent),
 * completed after it.
 */
export interface InstanceRecord extends Marks {
  readonly bootId: string;
  /** Absent: about to be started, or started by a supervisor that died before it could say so. */
  readonly process?: ProcessIdentity;
  /** Wall clock, milliseconds since 1970. */
  readonly startedAt: number;
  /** How often its place was started again before. */
  readonly restarts: number;
  /** The last answer of its readiness probe. */
  readonly ready: boolean;
  /** On its way out: the stop is taken up again after a restart of the supervisor. */
  readonly stopping: boolean;
  /**
   * How it is probed and stopped until the revision's settings are given again; no secrets. Absent: its record was
   * lost, and it counts as unready until the settings come.
   */
  readonly care?: Care;
}

/** The settings that concern a process already running. */
export interface Care extends Pick<RunningWorkload, 'ready' | 'live' | 'stop' | 'limits'> {
  /** Where probe commands run. */
  readonly cwd: string;
}

/** Keeps records. What it has answered to is durable; writes for one instance take effect in the order of the calls. */
export interface ProcessTable {
  list(): Promise<readonly InstanceRecord[]>;
  put(record: InstanceRecord): Promise<void>;
  remove(instance: string): Promise<void>;
}

/** One JSON file per instance in `directory`. A file that cannot be read as a record is set aside, never overwritten. */
export async function fileTable(directory: string): Promise<ProcessTable> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const queues = new Map<string, Promise<void>>();

  const inOrder = (instance: string, write: () => Promise<void>): Promise<void> => {
    const mine = (queues.get(instance) ?? Promise.resolve()).then(write, write);
    queues.set(instance, mine);
    const forget = (): void => {
      if (queues.get(instance) === mine) queues.delete(instance);
    };
    mine.then(forget, forget);
    return mine;
  };

  return {
    list: () => readAll(directory),
    put: (record) =>
      inOrder(record.instance, () =>
        writeDurably(fileOf(directory, record.instance), JSON.stringify(record)),
      ),
    remove: (instance) =>
      inOrder(instance, async () => {
        await rm(fileOf(directory, instance), { force: true });
        await syncDirectory(directory);
      }),
  };
}

function fileOf(directory: string, instance: string): string {
  return join(directory, `${instance}.json`);
}

async function readAll(directory: string): Promise<readonly InstanceRecord[]> {
  const records: InstanceRecord[] = [];
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (isDraft(name)) await rm(path, { force: true });
    if (!name.endsWith('.json')) continue;
    const record = parseRecord(await readFile(path, 'utf8'));
    if (record === undefined) await rename(path, `${path}.corrupt`);
    else records.push(record);
  }
  return records;
}

function parseRecord(text: string): InstanceRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is InstanceRecord {
  if (!isJsonObject(value)) return false;
  const texts = [value['owner'], value['instance'], value['rollout'], value['revision'], value['bootId']];
  return (
    texts.every((text) => typeof text === 'string') &&
    typeof value['port'] === 'number' &&
    typeof value['startedAt'] === 'number' &&
    typeof value['restarts'] === 'number' &&
    (value['copy'] === undefined || value['copy'] === 'baseline') &&
    isCare(value['care']) &&
    isIdentity(value['process'])
  );
}

function isCare(value: unknown): boolean {
  return (
    value === undefined ||
    (isJsonObject(value) &&
      typeof value['cwd'] === 'string' &&
      isJsonObject(value['stop']) &&
      isJsonObject(value['limits']))
  );
}

function isIdentity(value: unknown): boolean {
  if (value === undefined) return true;
  return (
    isJsonObject(value) &&
    Number.isSafeInteger(value['pid']) &&
    Number(value['pid']) > 1 &&
    typeof value['startTime'] === 'string'
  );
}
