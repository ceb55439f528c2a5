/** Which output a piece was written to. */
export type Output = 'stdout' | 'stderr';

const HEADER_BYTES = 8;
/** No engine writes larger frames; a number beyond this is no frame. */
const MOST_BYTES = 16 * 1_024 * 1_024;

/** The pieces of a multiplexed stream: eight bytes of header (output, 0, 0, 0, length), then so many of content. */
export async function* logFrames(
  stream: AsyncIterable<Uint8Array>,
): AsyncIterable<{ readonly output: Output; readonly bytes: Uint8Array }> {
  let waiting = Buffer.alloc(0);
  for await (const piece of stream) {
    waiting = Buffer.concat([waiting, piece]);
    while (waiting.length >= HEADER_BYTES) {
      const length = waiting.readUInt32BE(4);
      if (length > MOST_BYTES || waiting.readUInt32BE(0) % 0x1_00_00_00 !== 0)
        throw new Error('the engine sent output that is not in frames');
      if (waiting.length < HEADER_BYTES + length) break;
      const output = waiting[0] === 2 ? 'stderr' : 'stdout';
      yield { output, bytes: waiting.subarray(HEADER_BYTES, HEADER_BYTES + length) };
      waiting = waiting.subarray(HEADER_BYTES + length);
    }
  }
}
