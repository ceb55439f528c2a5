import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from './harness.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.destroy();
});

describe('where the API listens', () => {
  it.each([
    [['--api-listen', '10.0.0.5:7070'], 'secrets in the clear'],
    [
      ['--api-listen', '10.0.0.5:7070', '--api-tls-cert', 'a.pem'],
      '--api-tls-cert and --api-tls-key go together',
    ],
    [['--api-listen', '10.0.0.5:7070', '--api-port', '7070'], 'cannot be used with'],
    [['--api-listen', '7070'], 'Write an address and a port'],
    [['--api-listen', '10.0.0.5:70700'], 'at most 65535'],
    [['--api-listen', 'deploy.example.com:7070'], 'not an IP address'],
    [['--api-listen', '0.0.0.0:7070', '--api-behind-proxy', '10.0.0.2'], 'Name it as in their address bar'],
    [
      ['--api-port', '7070', '--api-behind-proxy', 'proxy', '--api-host', 'a.example'],
      'not an address of a proxy',
    ],
    [['--api-port', '7070', '--api-host', 'https://a.example'], 'cannot be what a server is called'],
    [['--api-host', 'a.example'], 'nothing is said of where the API listens'],
  ])('is refused: %j', async (options, words) => {
    for (const command of [['up'], ['service', 'install', '--print']]) {
      const ran = await bench.run([...command, ...options]);
      expect([ran.code, ran.err]).toEqual([2, expect.stringContaining(words)]);
    }
  });

  it('is written into the units of a service, with the files as they are found from anywhere', async () => {
    const place = [
      '--api-listen',
      '[::]:7443',
      '--api-host',
      'a.example:7443',
      '--api-host',
      'b.example:7443',
    ];
    const more = [
      '--api-tls-cert',
      'a.pem',
      '--api-tls-key',
      '/keys/a.pem',
      '--api-behind-proxy',
      '10.0.0.0/8',
    ];
    const ran = await bench.run(['service', 'install', '--unit-dir', 'units', ...place, ...more]);
    expect([ran.code, ran.err]).toEqual([0, '']);
    const unit = await readFile(join(bench.dir, 'units', 'coalmine.service'), 'utf8');
    const written = [...place, '--api-tls-cert', join(bench.dir, 'a.pem'), ...more.slice(2)];
    expect(unit).toContain(written.join(' ').replace('[::]:7443', '"[::]:7443"'));
  });
});

describe('whom an identity provider lets in', () => {
  const issuer = ['--oidc-issuer', 'https://idp.example.com'];
  const audience = ['--oidc-audience', 'coalmine'];

  it.each([
    [issuer, '--oidc-issuer and --oidc-audience'],
    [audience, '--oidc-issuer and --oidc-audience'],
    [['--oidc-role-claim', 'role'], '--oidc-issuer and --oidc-audience'],
    [[...issuer, ...audience], 'nobody has said what those may do'],
    [
      ['--oidc-issuer', 'http://idp.example.com', ...audience, '--oidc-role-claim', 'role'],
      'is not an https URL',
    ],
  ])('is refused: %j', async (options, words) => {
    for (const command of [['up'], ['service', 'install', '--print']]) {
      const ran = await bench.run([...command, ...options]);
      expect([ran.code, ran.err]).toEqual([2, expect.stringContaining(words)]);
    }
  });

  it('is written into the units of a service', async () => {
    const options = [...issuer, ...audience, '--oidc-grants', 'grants.yaml', '--oidc-name-claim', 'email'];
    const ran = await bench.run(['service', 'install', '--unit-dir', 'units', ...options]);
    expect([ran.code, ran.err]).toEqual([0, '']);
    const unit = await readFile(join(bench.dir, 'units', 'coalmine.service'), 'utf8');
    expect(unit).toContain(options.join(' ').replace('grants.yaml', join(bench.dir, 'grants.yaml')));
  });
});
