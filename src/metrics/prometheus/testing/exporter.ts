import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nativeFamily, type NativeFamily } from './native-family.ts';

/** A program with metrics, to be scraped. */
export interface Exporter {
  /** Host and port. */
  readonly target: string;
  /** How often it was scraped. */
  scrapes(): number;
  /** Adds to a counter, or to the bucket or gauge of that name. */
  add(series: string, by: number): void;
  set(series: string, value: number): void;
  /** Counts a value in a classic histogram with these upper bounds. */
  observe(name: string, value: number, bounds: readonly number[]): void;
  /** Counts a value in a native histogram. */
  observeNative(
    name: string,
    value: number,
    shape?: Partial<Pick<NativeFamily, 'schema' | 'zeroThreshold'>>,
  ): void;
  /** As if it had been started anew: everything begins at zero, and what was never counted is not there. */
  restart(): void;
  /** Does not answer any more, until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

interface Native {
  schema: number;
  zeroThreshold: number;
  values: number[];
}

/** Starts one on a free port. One with native histograms speaks protobuf, any other the text format. */
export async function startExporter(): Promise<Exporter> {
  const metrics = emptyMetrics();
  let scrapes = 0;
  const server = createServer((_, response) => {
    scrapes += 1;
    response.setHeader('content-type', metrics.natives.size > 0 ? PROTOBUF : 'text/plain; version=0.0.4');
    response.end(exposition(metrics));
  });
  const port = await listen(server, 0);
  return {
    target: `127.0.0.1:${port}`,
    scrapes: () => scrapes,
    ...counting(metrics),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    start: async () => {
      await listen(server, port);
    },
  };
}

const PROTOBUF =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';

interface Metrics {
  readonly numbers: Map<string, number>;
  readonly natives: Map<string, Native>;
}

function emptyMetrics(): Metrics {
  return { numbers: new Map(), natives: new Map() };
}

function counting({ numbers, natives }: Metrics): Omit<Exporter, 'target' | 'scrapes' | 'start' | 'stop'> {
  const add = (series: string, by: number): void => {
    numbers.set(series, (numbers.get(series) ?? 0) + by);
  };
  return {
    add,
    set: (series, value) => numbers.set(series, value),
    observe: (name, value, bounds) => {
      for (const bound of bounds) add(`${name}_bucket{le="${bound}"}`, value <= bound ? 1 : 0);
      add(`${name}_bucket{le="+Inf"}`, 1);
      add(`${name}_sum`, value);
      add(`${name}_count`, 1);
    },
    observeNative: (name, value, { schema = 5, zeroThreshold = 0 } = {}) => {
      const values = natives.get(name)?.values ?? [];
      natives.set(name, { schema, zeroThreshold, values: [...values, value] });
    },
    restart: () => {
      numbers.clear();
      for (const native of natives.values()) native.values = [];
    },
  };
}

function exposition({ numbers, natives }: Metrics): Buffer {
  if (natives.size === 0) {
    return Buffer.from([...numbers].map(([series, value]) => `${series} ${value}\n`).join(''));
  }
  return Buffer.concat(
    [...natives].map(([name, { schema, zeroThreshold, values }]) =>
      nativeFamily({ name, schema, zeroThreshold, histograms: [{ labels: {}, values }] }),
    ),
  );
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}
