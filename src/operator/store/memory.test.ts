import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { NEW_STATUS } from '../../engine/status.ts';
import { readMemory, writtenMemory, type Memory } from './memory.ts';

const memory = (message: string): Memory => ({ version: 7, status: { ...NEW_STATUS, message } });

describe('what is remembered', () => {
  it('is read as it was written, large or small', () => {
    const large = memory('a long story. '.repeat(10_000));
    for (const one of [memory('short'), large]) expect(readMemory(writtenMemory(one))).toEqual(one);
    expect(writtenMemory(large).length).toBeLessThan(4_096);
  });

  it('is nothing where nothing is kept, and refused where it is damaged', () => {
    expect(readMemory(undefined)).toBeUndefined();
    for (const damaged of ['{', 'gz:AAAA', '[]', '{"version":1}'])
      expect(() => readMemory(damaged)).toThrow(Failure);
  });

  it('is refused before it is larger than an object may be', () => {
    // Random bytes cannot be packed.
    const noise = randomBytes(1_000_000).toString('base64');
    expect(() => writtenMemory(memory(noise))).toThrow(/characters, and 1000000 fit/);
  });
});
