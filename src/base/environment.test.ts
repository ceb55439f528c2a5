import { expect, it } from 'vitest';
import { expandVariables, inheritedEnvironment } from './environment.ts';

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
