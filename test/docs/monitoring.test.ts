import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { ALERTS, PANELS } from '../../scripts/monitoring.ts';
import { parseShare } from '../../src/base/share.ts';
import type { ControllerOptions } from '../../src/controller/controller.ts';
import { ReleaseMetrics } from '../../src/controller/release-metrics.ts';
import { exposition } from '../../src/gateway/counting/exposition.ts';
import { serveHealth } from '../../src/operator/health-server.ts';
import { listenForScrapes } from '../../src/embedded/metrics-listener.ts';
import { makeCertificate } from '../../src/operator/webhook/certificate.ts';
import { certificateFamilies } from '../../src/telemetry/certificate-families.ts';
import { processFamilies } from '../../src/telemetry/metrics.ts';
import { aReleaseState } from '../engine/release-state.ts';
import { aRecord } from '../store/records.ts';
import { hasTool } from '../tools.ts';

const LIFETIME = { fromMs: Date.UTC(2030, 0, 1), untilMs: Date.UTC(2030, 0, 2) };
const SHOWN = { ...makeCertificate(['shop.test'], LIFETIME), files: { certificate: '/a "b".pem', key: '' } };
const GATEWAY = exposition([], { configVersion: 1, workers: 1, restarts: 0, certificates: [SHOWN] });

/** The metrics of a controller in the middle of a release, with a name that has to be escaped. */
function inRelease(): ReleaseMetrics {
  const metrics = new ReleaseMetrics(() => 2_000_000);
  const options = metrics.watching({ onTrouble: () => undefined } as unknown as ControllerOptions);
  const strength = { logE: 1, logLimit: 4 };
  const check = {
    name: 'a "b"\\c',
    verdict: 'bad',
    reason: '',
    samples: 1,
    harm: strength,
    safe: strength,
  } as const;
  const release = aReleaseState({ judgement: { verdict: 'bad', reason: '', checks: [check] } });
  const record = aRecord();
  const parts = [{ track: 'stable', revision: release.to, weight: parseShare('100%')! }] as const;
  options.onLook?.('shop', { ...record, status: { ...record.status, release } }, { route: { parts } });
  const lastOutcome = { release: 2, revision: release.to, outcome: 'promoted', reason: '' } as const;
  options.onLook?.('shop', { ...record, status: { ...record.status, lastOutcome } }, {});
  options.onLook?.('shop', { ...record, status: { ...record.status, release } }, { route: { parts } });
  options.onLookOver?.(5);
  return metrics;
}

/** What a scraper gets from the operator, and from the control process of a machine. */
async function scraped(): Promise<readonly string[]> {
  const metrics = inRelease();
  const health = {
    isReady: () => true,
    isLeading: () => true,
    releases: () => metrics.families(),
    requests: () => new Map([['get', 3]]),
    certificates: () => new Map([['api', SHOWN.cert] as const, ['webhook', SHOWN.cert] as const]),
  };
  const operator = await serveHealth(health, { host: '127.0.0.1', port: 0 });
  const api = {
    name: 'coalmine_api_requests_total',
    type: 'counter',
    help: 'Requests to the API, by the status of the answer.',
    samples: [{ labels: { method: 'GET', code: '200' }, value: 1 }],
  } as const;
  const machine = await listenForScrapes(
    {
      families: () => [
        ...metrics.families(),
        api,
        ...certificateFamilies('api', [{ labels: {}, ...LIFETIME }]),
        ...processFamilies('1'),
      ],
      gateway: { metrics: () => Promise.resolve(GATEWAY) },
      processes: () => Promise.resolve([]),
    },
    0,
  );
  try {
    const { port } = machine.address() as { readonly port: number };
    const ports = [operator.port, port];
    return await Promise.all(
      ports.map(async (one) => (await fetch(`http://127.0.0.1:${one}/metrics`)).text()),
    );
  } finally {
    operator.close();
    machine.closeAllConnections();
    machine.close();
  }
}

/** Every name that a query may ask for. */
function namesIn(texts: readonly string[]): ReadonlySet<string> {
  const types = texts.flatMap((text) => [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]);
  return new Set(
    types.flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

const EXPRESSIONS = [
  ...ALERTS.map(({ alert, expr }) => [alert, expr] as const),
  ...PANELS.flatMap(({ title, draws }) => Object.values(draws).map((expr) => [title, expr] as const)),
];

it.each(EXPRESSIONS)('%s asks only for what is exposed', async (_, expr) => {
  const asked = expr.match(/coalmine_\w+/g) ?? [];
  expect(asked).not.toEqual([]);
  const names = namesIn(await scraped());
  for (const name of asked) expect([...names]).toContain(name);
});

it('tells when each certificate that is shown begins to count, and ends', async () => {
  const lines = (await scraped()).flatMap((text) =>
    text.split('\n').filter((line) => /^\w+_certificate_/.test(line)),
  );
  const [from, until] = [LIFETIME.fromMs / 1_000, LIFETIME.untilMs / 1_000];
  const times = (server: string, labels = ''): readonly string[] => [
    `coalmine_${server}_certificate_not_before_timestamp_seconds${labels} ${from}`,
    `coalmine_${server}_certificate_not_after_timestamp_seconds${labels} ${until}`,
  ];
  const ofGateway = times('gateway', '{certificate="/a \\"b\\".pem"}');
  expect(lines).toEqual([...times('api'), ...times('webhook'), ...times('api'), ...ofGateway]);
});

describe.runIf(hasTool('promtool', 'prometheus'))('promtool', () => {
  it('finds nothing to mend in what is exposed', async () => {
    for (const text of await scraped()) {
      const ran = execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
      expect(ran).toBe('');
    }
  });

  it('understands each rule, and each fires when it should and not when it should not', () => {
    const options = { cwd: 'deploy/prometheus', encoding: 'utf8' } as const;
    expect(execFileSync('promtool', ['check', 'rules', 'rules.yaml'], options)).toContain(
      `${ALERTS.length} rules found`,
    );
    expect(execFileSync('promtool', ['test', 'rules', 'rules.test.yaml'], options)).toContain('SUCCESS');
  });

  it('understands everything that the dashboard asks', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'coalmine-dashboard-'));
    const filledIn = (expr: string): string =>
      expr.replaceAll('$__rate_interval', '1m').replace(/\$\w+/g, '.*');
    const rules = PANELS.flatMap(({ draws }) => Object.values(draws)).map((expr, index) => ({
      record: `panel:${index}`,
      expr: filledIn(expr),
    }));
    try {
      await writeFile(join(directory, 'rules.yaml'), stringify({ groups: [{ name: 'panels', rules }] }));
      const checked = execFileSync('promtool', ['check', 'rules', join(directory, 'rules.yaml')], {
        encoding: 'utf8',
      });
      expect(checked).toContain(`${rules.length} rules found`);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
