import { describe, expect, it } from 'vitest';
import { mayAskInTheClear, refuseUnsafe, type Names } from './reach.ts';
import { siteOf } from './site.ts';

const NOWHERE = { port: () => 7070, peerOf: () => '127.0.0.1' };

describe('a server beyond this machine', () => {
  it.each<readonly [string, Names, boolean, string]>([
    ['this machine', {}, false, 'good'],
    ['this machine, by IPv6', { address: '::1' }, false, 'good'],
    ['this machine, with a name', { hosts: ['coalmine.localhost'] }, false, 'good'],
    ['an address with TLS', { address: '10.0.0.5' }, true, 'good'],
    ['every address with TLS and a name', { address: '::', hosts: ['a.example:8443'] }, true, 'good'],
    [
      'every address with a proxy',
      { address: '0.0.0.0', hosts: ['a.example'], proxies: ['10.0.0.2'] },
      false,
      'good',
    ],
    ['an address without TLS', { address: '10.0.0.5' }, false, 'in the clear'],
    ['an address by IPv6 without TLS', { address: 'fe80::1' }, false, 'in the clear'],
    ['every address without TLS', { address: '0.0.0.0', hosts: ['a.example'] }, false, 'in the clear'],
    ['every address without a name', { address: '0.0.0.0' }, true, 'what users call the API'],
    ['a proxy without a name', { proxies: ['127.0.0.1'] }, false, 'what users call the API'],
    ['a name as address', { address: 'a.example' }, true, 'not an IP address'],
    ['a URL as name', { hosts: ['https://a.example'] }, false, 'cannot be what a server is called'],
    ['any name', { hosts: ['*'] }, false, 'cannot be what a server is called'],
    [
      'a name as proxy',
      { hosts: ['a.example'], proxies: ['proxy.example'] },
      false,
      'not an address of a proxy',
    ],
    [
      'too wide a range',
      { hosts: ['a.example'], proxies: ['10.0.0.0/33'] },
      false,
      'not an address of a proxy',
    ],
    ['half a range', { hosts: ['a.example'], proxies: ['10.0.0.0/'] }, false, 'not an address of a proxy'],
  ])('%s', (...[, names, isTls, expected]) => {
    const refused = (): void => {
      refuseUnsafe(names, isTls);
    };
    if (expected === 'good') expect(refused).not.toThrow();
    else expect(refused).toThrow(expected);
  });

  it.each([
    ['127.0.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.2', true],
    ['::ffff:10.0.0.2', true],
    ['192.168.3.4', true],
    ['10.0.0.3', false],
    ['::ffff:10.0.0.3', false],
    ['fe80::1', false],
    ['', false],
  ])('is asked in the clear by its proxies and this machine alone: %s is %s', (peer, expected) => {
    expect(mayAskInTheClear(['10.0.0.2', '192.168.0.0/16'])(peer)).toBe(expected);
  });

  it.each<readonly [string, Names, readonly string[]]>([
    ['nothing said', {}, ['127.0.0.1:7070', 'localhost:7070', '[::1]:7070']],
    ['an address', { address: '10.0.0.5' }, []],
    [
      'a name behind a proxy',
      { address: '10.0.0.5', hosts: ['A.example'], proxies: ['10.0.0.2'] },
      ['a.example', 'a.example:7070'],
    ],
    ['a name with its port', { address: '10.0.0.5', hosts: ['a.example:444'] }, ['a.example:444']],
  ])('is called as it was told: %s', (...[, names, hosts]) => {
    expect(siteOf(names, NOWHERE).hosts).toEqual(hosts);
  });
});
