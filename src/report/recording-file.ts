import { Failure } from '../base/failure.ts';
import { isJsonObject } from '../base/json.ts';
import { readerOf } from '../base/schema-reader.ts';
import { FORMAT, RECORDING } from './recording-schema.ts';
import { revived, type Recording } from './recording.ts';

/**
 * Reads what a file says of a release: a recording, or the JSON of a report, which holds one. Throws Failure `usage`,
 * which calls the file by `name`, for one that is none.
 */
export function readRecording(name: string, value: unknown): Recording {
  if (!isJsonObject(value) || value['format'] !== FORMAT) {
    throw new Failure('usage', `${name} is not a release that was exported`, {
      hint: 'coalmine analyze NAME --export FILE writes one, and so does coalmine report NAME --json FILE.',
    });
  }
  // What was computed is computed again, lest somebody has changed it.
  const { format: _, computed: __, ...recording } = value;
  readerOf(RECORDING, name)(value);
  // The schema has all that is computed with; what is shown beside it stays as it is.
  const read = recording as unknown as Recording;
  checkSteps(name, read);
  return { ...read, ticks: read.ticks.map((one) => ({ ...one, tick: revived(one.tick) })) };
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

/** A recording as a file holds it, on one line. */
export function recordingText(recording: Recording): string {
  return `${JSON.stringify({ format: FORMAT, ...recording })}\n`;
}
