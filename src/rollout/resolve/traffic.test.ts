import { describe, expect, it } from 'vitest';
import { resolveGateway } from './traffic.ts';

/** What became of `spec.traffic.gateway`, and what was told about it. */
function resolved(written: Parameters<typeof resolveGateway>[0]) {
  const told: string[] = [];
  const report = (path: string, reason: string): void => void told.push(`${path}: ${reason}`);
  return { told, traffic: resolveGateway(written, { path: 'gateway', report }, 'shop') };
}

describe('what the gateway does about failures', () => {
  it('is nothing unless it is written', () => {
    const { traffic } = resolved({});
    expect(traffic).not.toHaveProperty('retries');
    expect(traffic).not.toHaveProperty('eject');
    expect(traffic).not.toHaveProperty('maxRequests');
    expect(resolved({ maxRequests: 50 }).traffic.maxRequests).toBe(50);
  });

  it('has defaults once it is written', () => {
    expect(resolved({ retries: { attempts: 2 }, eject: {} }).traffic).toMatchObject({
      retries: { attempts: 2, on: ['connect'] },
      eject: { after: 5, forMs: 10_000 },
    });
  });

  it('says the same in whatever order and however often reasons are named', () => {
    const { traffic } = resolved({ retries: { attempts: 1, on: ['5xx', 'connect', '5xx'] } });
    expect(traffic.retries?.on).toEqual(['connect', '5xx']);
  });

  it.each(['0s', '2d'])('cannot take %s', (written) => {
    expect(resolved({ eject: { for: written } }).told).toEqual([
      expect.stringContaining('gateway.eject.for: '),
    ]);
  });
});

describe('what the gateway writes down', () => {
  it('is nothing unless it is asked for', () => {
    const { traffic } = resolved({});
    expect(traffic).not.toHaveProperty('tracing');
    expect(traffic).not.toHaveProperty('accessLog');
  });

  it('has defaults once it is asked for', () => {
    expect(
      resolved({ tracing: {}, accessLog: { file: { path: '/var/log/shop.log' } } }).traffic,
    ).toMatchObject({
      tracing: { sample: 1_000 },
      accessLog: { path: '/var/log/shop.log', maxBytes: 100 * 1_048_576, keep: 5 },
    });
    expect(resolved({ accessLog: { stdout: {} } }).traffic.accessLog).toEqual({});
  });

  it.each(['1k', '99999999999999999G'])('does not rotate at %s', (maxSize) => {
    const { told } = resolved({ accessLog: { file: { path: '/a', maxSize } } });
    expect(told).toEqual([expect.stringContaining('gateway.accessLog.file.maxSize: ')]);
  });
});

describe('TLS', () => {
  const files = { certificate: '/cert.pem', key: '/key.pem' };

  it('is for everybody unless requests without it are to be served', () => {
    expect(resolved({ tls: { files } }).traffic).toMatchObject({ tls: files, withoutTls: 'redirect' });
    expect(resolved({ tls: { files }, withoutTls: 'serve' }).traffic).not.toHaveProperty('withoutTls');
    expect(resolved({}).traffic).not.toHaveProperty('withoutTls');
  });

  it("comes from Let's Encrypt unless another authority is named", () => {
    const acme = { email: 'ops@shop.test' };
    expect(resolved({ host: 'shop.test', tls: { acme } }).traffic).toMatchObject({
      acme: { ...acme, directory: 'https://acme-v02.api.letsencrypt.org/directory' },
      withoutTls: 'redirect',
    });
    const own = { ...acme, directory: 'https://ca.test/dir', ca: '/ca.pem' };
    expect(resolved({ host: 'shop.test', tls: { acme: own } }).traffic).toMatchObject({ acme: own });
  });
});
