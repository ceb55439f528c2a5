import { describe, expect, it } from 'vitest';
import { Failure, FAILURES, messageOf } from './failure.ts';

describe('the catalogue', () => {
  it.each(Object.entries(FAILURES))('%s has a stable exit status and an HTTP error status', (_, statuses) => {
    expect(statuses.exit).toBeGreaterThanOrEqual(1);
    expect(statuses.exit).toBeLessThanOrEqual(8);
    expect(statuses.http).toBeGreaterThanOrEqual(400);
    expect(statuses.http).toBeLessThan(600);
  });

  it('answers the server’s own trouble with 5xx, the user’s with 4xx, and what is right but comes too often with 429', () => {
    for (const { exit, http } of Object.values(FAILURES)) {
      expect(http >= 500 || http === 429).toBe([1, 4, 5].includes(exit));
    }
  });
});

describe('a Failure', () => {
  it('is an error with a code and, when there is one, a hint, problems and a cause', () => {
    const cause = new Error('socket hang up');
    const problems = [{ path: 'spec', reason: 'required' }];
    const failure = new Failure('invalidSpec', 'shop is not valid', { hint: 'add it', problems, cause });
    expect(failure).toBeInstanceOf(Error);
    expect(failure).toMatchObject({ name: 'Failure', code: 'invalidSpec', hint: 'add it', problems, cause });
  });

  it('needs neither', () => {
    const failure = new Failure('notFound', 'there is no shop');
    expect(failure.hint).toBeUndefined();
    expect(failure.problems).toEqual([]);
    expect('cause' in failure).toBe(false);
  });
});

describe('messageOf', () => {
  it.each([
    [new Error('broken'), 'broken'],
    [new Failure('bug', 'odd'), 'odd'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [42, '42'],
  ])('of %s', (thrown, text) => {
    expect(messageOf(thrown)).toBe(text);
  });
});
