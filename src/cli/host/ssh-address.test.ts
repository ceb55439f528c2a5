import { describe, expect, it } from 'vitest';
import { parseSshAddress } from './ssh-address.ts';

describe('the address of another machine', () => {
  it.each([
    ['ssh://vm', { host: 'vm', socketPath: '/var/lib/coalmine/control.sock' }],
    ['ssh://ann@vm:2222', { host: 'vm', user: 'ann', port: 2222 }],
    ['ssh://vm/srv/data', { socketPath: '/srv/data/control.sock' }],
    ['ssh://vm/srv/data/', { socketPath: '/srv/data/control.sock' }],
    ['ssh://vm/srv/other.sock', { socketPath: '/srv/other.sock' }],
    ['ssh://vm/a%20b', { socketPath: '/a b/control.sock' }],
    ['ssh://[::1]:22/x', { host: '::1', port: 22 }],
  ])('%s', (written, expected) => {
    expect(parseSshAddress(written)).toMatchObject({ name: written, ...expected });
  });

  it.each([
    ['vm', /not of that form/],
    ['http://vm', /not of that form/],
    ['ssh://', /not of that form/],
    ['ssh://-oProxyCommand=x', /not the name of a host/],
    ['ssh://-oProxyCommand=x@vm', /not the name of a user/],
    ['ssh://vm;rm/x', /not of that form|not the name of a host/],
    ['ssh://a%20b@vm', /not the name of a user/],
    ['ssh://vm/a:b', /colon/],
    ['ssh://vm/a%0Ab', /control character/],
    ['ssh://vm/%E0%A4%A', /stands for nothing/],
    ['ssh://vm/x?y=1', /more than a path/],
  ])('refuses %s', (written, reason) => {
    expect(() => parseSshAddress(written)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(reason) as string }) as Error,
    );
  });

  it('shows no password', () => {
    expect(() => parseSshAddress('ssh://ann:hunter2@vm')).toThrow(/^(?!.*hunter2).*holds a password/);
  });
});
