import { readRecording, recordingText } from '../../report/recording-file.ts';
import type { Recording } from '../../report/recording.ts';
import type { Session } from '../session.ts';
import { readJson } from './data/json-data.ts';
import { nameOf, readText } from './text-file.ts';
import { writeText } from './written-file.ts';

/** Reads a release that was exported. Throws Failure `usage` for a file that is none. */
export async function readRecordingFile(session: Session, file: string): Promise<Recording> {
  const name = nameOf(file);
  return readRecording(name, readJson(name, await readText(session, file)).value);
}

/** Writes a release to a file, `-` for standard output. Asks before it replaces a file. */
export async function writeRecording(session: Session, file: string, recording: Recording): Promise<void> {
  await writeText(session, file, recordingText(recording));
}
