import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reportPieces } from './pieces.ts';
import type { RecordedTick, Recording } from './recording.ts';
import { reportView } from './report.ts';
import { aRecording, aRecordingWith } from './testing/recordings.ts';

async function* pagesOf(
  ticks: readonly RecordedTick[],
  lengths: readonly number[],
): AsyncGenerator<readonly RecordedTick[]> {
  let from = 0;
  for (const length of lengths) {
    yield await Promise.resolve(ticks.slice(from, from + length));
    from += length;
  }
  yield ticks.slice(from);
}

async function written({ ticks, ...circumstances }: Recording, lengths: readonly number[]): Promise<string> {
  let text = '';
  for await (const piece of reportPieces(circumstances, pagesOf(ticks, lengths))) text += piece;
  return text;
}

describe('a report that is made while it is sent', () => {
  const gauge = { kind: 'gauge' as const, candidate: { a: NaN, b: 1 }, control: {} };
  const recording = aRecording('failing');
  const { kept: _, ...unkept } = recording;
  const RECORDINGS: readonly Recording[] = [
    aRecording('good'),
    recording,
    aRecordingWith('"],}\u2028\uD800</script>'),
    {
      ...recording,
      ticks: recording.ticks.map((one) => ({ ...one, tick: { ...one.tick, measured: { gauge } } })),
    },
    { ...recording, ticks: [] },
    { ...unkept, steps: [], events: [] },
  ];

  it('is the whole of it to the byte, whatever the pages that its ticks come in', async () => {
    const lengths = fc.array(fc.nat(30));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...RECORDINGS), lengths, async (one, pages) => {
        expect(await written(one, pages)).toBe(JSON.stringify(reportView(one)));
      }),
      { numRuns: 60 },
    );
  });

  it('holds no more of it at once than a page', async () => {
    const { ticks, ...circumstances } = recording;
    const longest = Math.max(...ticks.map((one) => JSON.stringify(one).length));
    const pieces: string[] = [];
    const pages = pagesOf(
      ticks,
      ticks.map(() => 1),
    );
    for await (const piece of reportPieces(circumstances, pages)) pieces.push(piece);
    expect(pieces).toHaveLength(ticks.length + 2);
    for (const piece of pieces.slice(1, -1)) expect(piece.length).toBeLessThanOrEqual(longest + 1);
  });
});
