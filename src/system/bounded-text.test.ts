import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { boundedText } from './bounded-text.ts';

const tooLarge = (): Error => new Error('too large');

it('reads all of a stream, with characters that stand in two pieces', async () => {
  const [euro] = [Buffer.from('€')];
  const pieces = Readable.from([Buffer.from('a'), euro.subarray(0, 1), euro.subarray(1)]);
  expect(await boundedText(pieces, 4, tooLarge)).toBe('a€');
});

it('ends a stream that brings more than it may', async () => {
  const endless = new Readable({
    read() {
      this.push(Buffer.alloc(1_000));
    },
  });
  await expect(boundedText(endless, 5_000, tooLarge)).rejects.toThrow('too large');
  expect(endless.destroyed).toBe(true);
});
