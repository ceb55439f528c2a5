import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { accountKey, newKeyPem } from './account-key.ts';
import { signingRequest } from './signing-request.ts';

describe('a request for a certificate', () => {
  it.each(['shop.test', `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(56)}.test`])(
    'is read and found to be well signed by openssl, for %s',
    (host) => {
      const text = execFileSync('openssl', ['req', '-inform', 'DER', '-noout', '-text', '-verify'], {
        input: signingRequest(host, newKeyPem()),
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      expect(text).toContain(`DNS:${host}`);
      expect(text).toContain('ecdsa-with-SHA256');
    },
  );
});

describe('the key of an account', () => {
  it('is the same when it is read again, and another each time it is made', () => {
    const pem = newKeyPem();
    expect(accountKey(pem).thumbprint).toBe(accountKey(pem).thumbprint);
    expect(accountKey(newKeyPem()).thumbprint).not.toBe(accountKey(pem).thumbprint);
    expect(accountKey(pem).thumbprint).toMatch(/^[\w-]{43}$/);
  });

  it('is nothing else', () => {
    expect(() => accountKey('nonsense')).toThrow();
  });
});
