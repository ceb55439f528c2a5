import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FAILURES } from '../../src/base/failure.ts';

const PAGE = readFileSync(fileURLToPath(new URL('../../docs/reference/errors.md', import.meta.url)), 'utf8');

interface Described {
  readonly exit: number;
  readonly http: number;
  readonly meaning: string;
  readonly remedy: string;
}

/** The cells of every table row below a heading, the head left out. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function describedCodes(): ReadonlyMap<string, Described> {
  return new Map(
    rowsBelow('Codes').map(([code = '', exit = '', http = '', meaning = '', remedy = '']) => [
      code.replaceAll('`', ''),
      { exit: Number(exit), http: Number(http), meaning, remedy },
    ]),
  );
}

describe('the page about errors', () => {
  it('has every code of the catalogue, each once, and no other', () => {
    const described = rowsBelow('Codes').map(([code = '']) => code.replaceAll('`', ''));
    expect(described.toSorted()).toEqual(Object.keys(FAILURES).toSorted());
  });

  it.each(Object.entries(FAILURES))(
    'gives the statuses of %s, what it means and what to do',
    (code, statuses) => {
      const described = describedCodes().get(code);
      expect(described).toMatchObject(statuses);
      expect(described?.meaning).toMatch(/^[A-Z].{20,}\.$/);
      expect(described?.remedy).toMatch(/^[A-Z].{20,}\.$/);
    },
  );

  it('explains every exit status that a code can lead to', () => {
    const explained = rowsBelow('Exit statuses').map(([status]) => Number(status));
    expect(explained).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 130]);
    expect(Object.values(FAILURES).filter(({ exit }) => !explained.includes(exit))).toEqual([]);
  });
});
