import { describe, expect, it } from 'vitest';
import type { LogLine } from '../../../../src/client/index.ts';
import { LogBuffer, type LogFilter } from './log-buffer.ts';

const ALL: LogFilter = { text: '' };

function line(text: string, revision = 'r1-aaa'): LogLine {
  return { revision, instance: '1', text } as LogLine;
}

function filled(count: number, most?: number): LogBuffer {
  const buffer = new LogBuffer(most);
  for (let number = 1; number <= count; number += 1) buffer.add(line(`line ${number}`));
  return buffer;
}

function texts(buffer: LogBuffer, filter: LogFilter = ALL): readonly string[] {
  return buffer.newest(100, filter).map(({ text }) => text);
}

describe('the newest lines of log', () => {
  it('are no more than are kept, however many were written', () => {
    const buffer = filled(100_000, 40);
    const kept = buffer.newest(Infinity, ALL);
    expect(kept.length).toBeLessThanOrEqual(50);
    expect(kept.at(-1)).toMatchObject({ id: 100_000, text: 'line 100000' });
    expect(buffer.written).toBe(100_000);
  });

  it('come oldest first', () => {
    expect(
      filled(5)
        .newest(2, ALL)
        .map(({ text }) => text),
    ).toEqual(['line 4', 'line 5']);
  });

  it('are those that have a text in them, in any case of letters', () => {
    const buffer = new LogBuffer();
    for (const text of ['GET /Orders', 'POST /cart', 'no orders']) buffer.add(line(text));
    expect(texts(buffer, { text: 'ORDERS' })).toEqual(['GET /Orders', 'no orders']);
  });

  it('are those of one writer', () => {
    const buffer = new LogBuffer();
    buffer.add(line('a'));
    buffer.add(line('b', 'r1-bbb'));
    buffer.add({ hook: 'migrate', release: 1, text: 'c' });
    expect(buffer.writers).toEqual(['r1-aaa', 'r1-bbb', 'migrate']);
    expect(texts(buffer, { text: '', of: 'r1-bbb' })).toEqual(['b']);
    expect(texts(buffer, { text: '', of: 'migrate' })).toEqual(['c']);
  });

  it('stand still up to a line, while more are written', () => {
    const buffer = filled(3);
    buffer.add(line('later'));
    expect(buffer.newest(10, ALL, 3).map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it('hold nothing that a terminal would obey', () => {
    const buffer = new LogBuffer();
    buffer.add(line('\u001B[31mred\u001B[0m\u0007 \u001B[2Jand\ttabs <b>not bold</b>\u009B'));
    expect(texts(buffer)).toEqual(['red and\ttabs <b>not bold</b>']);
  });

  it('end somewhere, each of them', () => {
    const buffer = new LogBuffer();
    buffer.add(line('x'.repeat(1_000_000)));
    expect(texts(buffer)[0]?.length).toBe(4_001);
  });
});
