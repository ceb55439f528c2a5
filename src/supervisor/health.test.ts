import { expect, it } from 'vitest';
import { afterAnswer, UNKNOWN_HEALTH, type Health } from './health.ts';

const probe = { check: { kind: 'tcp' }, everyMs: 1, timeoutMs: 1, withinMs: 1, failures: 3 } as const;
const no = { ok: false, reason: 'refused' } as const;

function after(answers: string): Health {
  let health = UNKNOWN_HEALTH;
  for (const answer of answers) health = afterAnswer(health, answer === '+' ? { ok: true } : no, probe);
  return health;
}

it.each([
  ['', false],
  ['-', false],
  ['+', true],
  ['+--', true],
  ['+---', false],
  ['+--+--', true],
  ['+---+', true],
])('after %s it is well: %s', (answers, ok) => {
  expect(after(answers).ok).toBe(ok);
});

it('remembers that it was well once, and why it is not', () => {
  expect(after('--').wasOk).toBe(false);
  expect(after('+---')).toEqual({ ok: false, wasOk: true, failures: 3, reason: 'refused' });
});
