import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CertificateMaker } from '../../../test/certificates.ts';
import { named, proxyFixture, route } from '../../../test/proxy.ts';
import { testTool } from '../../../test/test-tools.ts';

const h2spec = testTool('h2spec');

/**
 * What nghttp2, the HTTP/2 library within Node, does in another way. None of it confuses requests: what the
 * specification wants answered with an error is dropped, or the connection is closed with another code.
 */
const OTHERWISE: Readonly<Record<string, string>> = {
  'http2/5.1: closed: Sends a DATA frame after sending RST_STREAM frame':
    'dropped without RST_STREAM; RFC 9113 §5.1 lets frames that may have been under way be ignored',
  'http2/5.1: closed: Sends a HEADERS frame after sending RST_STREAM frame': 'dropped, as above',
  'http2/5.1: closed: Sends a DATA frame': 'dropped, as above',
  'http2/5.1: closed: Sends a HEADERS frame': 'dropped, as above: no second request begins on a used stream',
  'http2/5.1.1: Sends stream identifier that is numerically smaller than previous':
    'dropped: the request never reaches a workload',
  'http2/6.7: Sends a PING frame with ACK':
    'an acknowledgement that nobody asked for ends the connection (Node), stricter than the specification',
  'http2/6.9.1: Sends multiple WINDOW_UPDATE frames increasing the flow control window to above 2^31-1':
    'the connection ends with GOAWAY, though not with FLOW_CONTROL_ERROR',
};

const { upstream, tlsProxy, closeAll } = proxyFixture();
let maker: CertificateMaker;
let dir: string;

beforeAll(() => {
  maker = new CertificateMaker();
  dir = mkdtempSync(join(tmpdir(), 'coalmine-h2spec-'));
});
afterAll(async () => {
  await closeAll();
  maker.dispose();
  rmSync(dir, { recursive: true, force: true });
});

/** Names of cases in a report of JUnit's form: all, and those that failed. */
function casesOf(report: string): { all: string[]; failed: string[] } {
  const cases = [
    ...report.matchAll(/<testcase package="([^"]*)" classname="([^"]*)"[^>]*>([^]*?)<\/testcase>/g),
  ];
  const name = ([, where = '', what = '']: RegExpMatchArray): string => `${where}: ${what}`;
  return {
    all: cases.map(name),
    failed: cases.filter(([, , , inner]) => inner?.includes('<error')).map(name),
  };
}

describe.skipIf(h2spec === undefined)('HTTP/2 as it is specified', () => {
  it('is spoken, strict cases too, but for what the library does in another way', async () => {
    const certificate = maker.make('127.0.0.1');
    const { endpoint } = await upstream(named('ok'));
    const { port } = await tlsProxy([route([endpoint], { tls: certificate.files })], [certificate]);
    const report = join(dir, 'report.xml');
    const options = ['--tls', '--insecure', '--strict', '--timeout', '2', '--junit-report', report];
    // It exits with 1 when any case fails; the report says which.
    await promisify(execFile)(h2spec ?? '', ['--port', String(port), ...options], {
      maxBuffer: 16 * 1024 * 1024,
    }).catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== 1) throw error;
    });
    const { all, failed } = casesOf(readFileSync(report, 'utf8'));
    expect(all.length).toBeGreaterThan(140);
    expect(failed.sort()).toEqual(Object.keys(OTHERWISE).sort());
  }, 120_000);
});
