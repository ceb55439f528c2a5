/**
 * All that a stream brings, as UTF-8 text; throws what `tooLarge` makes as soon as it is more than `mostBytes`, and so
 * ends the stream.
 */
export async function boundedText(
  stream: AsyncIterable<Uint8Array>,
  mostBytes: number,
  tooLarge: () => Error,
): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of stream) {
    bytes += piece.length;
    if (bytes > mostBytes) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
