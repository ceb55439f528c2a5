import { expect, it } from 'vitest';
import { expandVariables, inheritedEnvironment, withoutValues } from './environment.ts';

it('takes only what programs need from the environment it is started in', () => {
  const own = { PATH: '/bin', HOME: '/root', TZ: undefined, AWS_SECRET_ACCESS_KEY: 'x', NODE_OPTIONS: 'y' };
  expect(inheritedEnvironment(own)).toEqual({ PATH: '/bin', HOME: '/root' });
});

it.each([
  ['--port=$(PORT)', '--port=80'],
  ['$(PORT)$(PORT)', '8080'],
  ['$(UNSET)', '$(UNSET)'],
  ['$$(PORT)', '$(PORT)'],
  ['$PORT ${PORT} $(no name)', '$PORT ${PORT} $(no name)'],
])('%s becomes %s', (text, expanded) => {
  expect(expandVariables(text, { PORT: '80' })).toBe(expanded);
});

it.each([
  ['what was given: s3cret-key', 'what was given: [redacted]'],
  ['longer first: s3cret-key-2 s3cret-key', 'longer first: [redacted] [redacted]'],
  ['short ones stay: 1 true', 'short ones stay: 1 true'],
  ['one line of many: second line', 'one line of many: [redacted]'],
  ['nothing of it', 'nothing of it'],
])('%s is told as %s', (text, told) => {
  const environment = {
    A: 's3cret-key',
    B: 's3cret-key-2',
    C: '1',
    D: 'true',
    E: 'first line\nsecond line\n',
  };
  expect(withoutValues(text, environment)).toBe(told);
});
