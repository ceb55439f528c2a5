import { Failure } from '../base/failure.ts';

/** Where traces are sent, and with which headers, which may hold a secret. */
export interface Collector {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What coalmine is called there. */
  readonly service: string;
}

/** What says where traces go. */
export interface CollectorWishes {
  /** `--otlp-endpoint`; it wins over the environment. */
  readonly endpoint?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Where traces go, by the option or the variables that OpenTelemetry names; undefined: nowhere. Throws Failure `usage`
 * for what is no address, or no list of headers.
 */
export function collectorOf({ endpoint, env }: CollectorWishes): Collector | undefined {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return undefined;
  const named = [
    ['--otlp-endpoint', endpoint],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', env['OTEL_EXPORTER_OTLP_ENDPOINT']],
  ] as const;
  const [where, written = ''] = named.find(([, value = '']) => value !== '') ?? [''];
  if (written === '') return undefined;
  const url = checkedUrl(where, written);
  // The variable for traces alone names the very address; the others what stands before it.
  if (where !== 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')
    url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`;
  return { url: url.href, headers: headersOf(env), service: env['OTEL_SERVICE_NAME'] ?? 'coalmine' };
}

/** What is written is not repeated where it may hold a password. */
function checkedUrl(where: string, written: string): URL {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new Failure('usage', `${where} is not an http or https URL`, {
      hint: 'write it as in http://127.0.0.1:4318; traces are sent as OTLP over HTTP, not over gRPC (port 4317)',
    });
  }
  if (url.username === '' && url.password === '') return url;
  throw new Failure('usage', `${where} has a name or a password in it`, {
    hint: 'put them into OTEL_EXPORTER_OTLP_HEADERS, as in authorization=Basic%20…',
  });
}

/** `name=value,name=value`, each percent-encoded. */
function headersOf(env: CollectorWishes['env']): Readonly<Record<string, string>> {
  const where = ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'OTEL_EXPORTER_OTLP_HEADERS'].find(
    (name) => (env[name] ?? '') !== '',
  );
  const written = where === undefined ? '' : (env[where] ?? '');
  const pairs = written.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(pairs.map((pair) => headerIn(pair, where ?? '')));
}

function headerIn(pair: string, where: string): readonly [name: string, value: string] {
  const at = pair.indexOf('=');
  const name = pair.slice(0, Math.max(0, at)).trim();
  try {
    const value = decodeURIComponent(pair.slice(at + 1).trim());
    new Headers([[name, value]]);
    return [name, value];
  } catch {
    throw new Failure('usage', `${where} is not a list of headers`, {
      hint: 'write name=value, percent-encoded, with commas between them',
    });
  }
}
