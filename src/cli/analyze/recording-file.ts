import { writeFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { readerOf } from '../../api/input.ts';
import { Failure, messageOf } from '../../base/failure.ts';
import { isJsonObject } from '../../base/json.ts';
import type { Session } from '../session.ts';
import { readJson } from './data/json-data.ts';
import { revived, type Recording } from './recording.ts';
import { nameOf, readText, STANDARD_INPUT } from './text-file.ts';

/** What a file of a recording says it is. */
const FORMAT = 'coalmine.dev/release/v1';

const count = Type.Number();
const exposure = Type.Object({ trials: count, events: count });
const histogram = Type.Array(Type.Tuple([count, count]));
const units = Type.Record(Type.String(), Type.Union([count, Type.Null()]));
const arms = <Value extends typeof exposure | typeof histogram | typeof units>(value: Value) => ({
  candidate: value,
  control: value,
});
const counters = Type.Object({
  requests: count,
  errors: count,
  latency: histogram,
  users: Type.Optional(Type.Object({ seen: count, failed: count })),
  assigned: Type.Optional(count),
});
const sample = Type.Union([
  Type.Object({ kind: Type.Literal('counts'), ...arms(exposure) }),
  Type.Object({ kind: Type.Literal('distribution'), ...arms(histogram) }),
  Type.Object({ kind: Type.Literal('gauge'), ...arms(units) }),
  Type.Object({ kind: Type.Literal('missing'), reason: Type.String() }),
]);
const tick = Type.Object({
  ms: count,
  candidate: counters,
  control: counters,
  measured: Type.Optional(Type.Record(Type.String(), sample)),
  plannedShare: Type.Optional(count),
  matched: Type.Optional(Type.Object({ requests: count, errors: count })),
});
const verdict = Type.Enum(['good', 'bad', 'undecided', 'invalid']);
const RECORDING = Type.Object({
  format: Type.Literal(FORMAT),
  rollout: Type.String(),
  release: Type.Object({
    number: Type.Integer(),
    to: Type.String(),
    startedAt: count,
    outcome: Type.Optional(Type.Enum(['promoted', 'rolledBack', 'aborted', 'failed', 'completed'])),
    reason: Type.Optional(Type.String()),
    settings: Type.Optional(Type.Record(Type.String(), Type.String())),
  }),
  steps: Type.Array(Type.Object({ title: Type.String(), waits: Type.Boolean() })),
  document: Type.Object({}),
  ticks: Type.Array(
    Type.Object({
      step: Type.Integer({ minimum: 0 }),
      at: count,
      tick,
      judgement: Type.Optional(
        Type.Object({ verdict, reason: Type.String(), checks: Type.Array(Type.Object({})) }),
      ),
    }),
  ),
});

/** Reads a release that was exported. Throws Failure `usage` for a file that is none. */
export async function readRecording(session: Session, file: string): Promise<Recording> {
  const name = nameOf(file);
  const { value } = readJson(name, await readText(session, file));
  if (!isJsonObject(value) || value['format'] !== FORMAT) {
    throw new Failure('usage', `${name} is not a release that was exported`, {
      hint: 'coalmine analyze NAME --export FILE writes one.',
    });
  }
  // The schema has all that is computed with; what is shown beside it stays as it is.
  const recording = readerOf(RECORDING, name)(value) as unknown as Recording;
  checkSteps(name, recording);
  return { ...recording, ticks: recording.ticks.map((one) => ({ ...one, tick: revived(one.tick) })) };
}

function checkSteps(name: string, { ticks, steps }: Recording): void {
  const odd = ticks.findIndex(
    ({ step }, index) => step >= steps.length || step < (ticks[index - 1]?.step ?? 0),
  );
  if (odd < 0) return;
  throw new Failure('usage', `${name} is not valid: ticks[${odd}].step: no step of the plan can be there`, {
    hint: 'Steps follow each other; export the release again.',
  });
}

/** Writes a release to a file, `-` for standard output. Asks before it replaces a file. */
export async function writeRecording(session: Session, file: string, recording: Recording): Promise<void> {
  const text = `${JSON.stringify({ format: FORMAT, ...recording })}\n`;
  if (file === STANDARD_INPUT) {
    session.io.stdout.write(text);
    return;
  }
  const path = session.path(file);
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    if (!isThere) throw unwritten(file, cause);
    if (!(await session.confirm(`${file} is there already. Replace it?`))) {
      throw new Failure('conflict', `${file} is there already`, { hint: 'Name another file.' });
    }
    await writeFile(path, text).catch((error: unknown) => {
      throw unwritten(file, error);
    });
  }
}

function unwritten(file: string, cause: unknown): Failure {
  return new Failure('usage', `cannot write ${file}: ${messageOf(cause)}`, {
    hint: 'Name a file in a directory that is there and may be written to.',
    cause,
  });
}
