import { describe, expect, it } from 'vitest';
import { idSource, readId, setIdCookie } from './sticky.ts';

const ID = 'K-Dzpq7krHbABgdS7NRh5Q';

describe('reading the id cookie', () => {
  it.each([
    ['alone', `cm=${ID}`, ID],
    ['among others', `a=1; cm=${ID};b=2`, ID],
    ['with white space', `  cm = ${ID} `, ID],
    ['after a forged one of the same name', `cm=x; cm=${ID}`, ID],
    ['absent', 'a=1; b=2', undefined],
    ['under a name that only ends alike', `xcm=${ID}`, undefined],
    ['too short', 'cm=abc', undefined],
    ['too long', `cm=${ID}${'a'.repeat(5_000)}`, undefined],
    ['with characters that are not ours', 'cm=K-Dzpq7krHbABgdS7NRh5%', undefined],
    ['in quotes', `cm="${ID}"`, undefined],
    ['inside the value of another', `a=cm=${ID}`, undefined],
    ['without a value', 'cm', undefined],
    ['from an empty header', '', undefined],
  ])('%s', (_, header, expected) => {
    expect(readId(header, 'cm')).toBe(expected);
  });
});

describe('new ids', () => {
  it('are accepted when they come back, and never repeat', () => {
    const newId = idSource();
    const ids = Array.from({ length: 1_000 }, newId);
    expect(new Set(ids).size).toBe(1_000);
    expect(ids.every((id) => readId(`cm=${id}`, 'cm') === id)).toBe(true);
  });

  it('are sent over TLS only when they came over TLS', () => {
    expect(setIdCookie({ name: 'cm', id: ID, secure: false })).toBe(
      `cm=${ID}; Path=/; HttpOnly; SameSite=Lax`,
    );
    expect(setIdCookie({ name: 'cm', id: ID, secure: true })).toMatch(/; Secure$/);
  });
});
