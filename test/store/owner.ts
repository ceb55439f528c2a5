import { writeSync } from 'node:fs';
import { Failure } from '../../src/base/failure.ts';
import { openStore } from '../../src/store/store.ts';
import { aRecord, anEvent, aTick, OPTIONS } from './records.ts';

/** Writes at once and not through a queue of the process, which would die with it. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

/** Saves for ever; each line it says is a version that was acknowledged. */
async function own(dataDir: string): Promise<void> {
  const store = await openStore(dataDir, OPTIONS);
  let record = (await store.get('shop')) ?? aRecord();
  for (;;) {
    const next = record.version + 1;
    record = await store.save(record, { events: [anEvent(1, `saved as ${next}`)], counted: aTick(1, next) });
    say(String(record.version));
  }
}

await own(process.argv[2] ?? '').catch((error: unknown) => {
  if (!(error instanceof Failure)) throw error;
  say(`${error.code} ${/\d+/.exec(error.message)?.[0] ?? ''}`);
});
