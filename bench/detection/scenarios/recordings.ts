import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Where the recorded data lies, seen from the repository's root, where benchmarks and tests run. */
const DATA = 'bench/data';

/** One recorded request. */
export interface Recorded {
  readonly second: number;
  readonly ms: number;
  readonly isError: boolean;
}

/** Recorded requests in the order of time, and how long the record is, in seconds. */
export interface Recording {
  readonly requests: readonly Recorded[];
  readonly seconds: number;
}

/** What a token costs: reading the prompt is cheap, writing the answer is not. */
const MS_PER_CONTEXT_TOKEN = 0.25;
const MS_PER_GENERATED_TOKEN = 25;

const kept = new Map<string, unknown>();

function once<Value>(name: string, read: () => Value): Value {
  if (!kept.has(name)) kept.set(name, read());
  return kept.get(name) as Value;
}

/** Requests of a language model: real arrivals, real work; the time is the work's, nothing failed. */
export function llmRequests(): Recording {
  return once('llm', () => {
    const requests = rowsOf('azure-llm-conv-2023.csv.gz').map(([second = 0, context = 0, generated = 0]) => ({
      second,
      ms: 50 + context * MS_PER_CONTEXT_TOKEN + generated * MS_PER_GENERATED_TOKEN,
      isError: false,
    }));
    return { requests, seconds: lastSecond(requests) };
  });
}

/**
 * Requests of a web server: real arrivals and statuses; a status of 400 or more is an error. The log holds one
 * minute of every hour, and these minutes are played one after the other. Times to answer were not logged.
 */
export function accessLog(): Recording {
  return once('access', () => {
    const requests = rowsOf('apache-access-2015.csv.gz').map(([second = 0, status = 0]) => ({
      second: Math.floor(second / 3_600) * 60 + (second % 60),
      ms: 80,
      isError: status >= 400,
    }));
    requests.sort((a, b) => a.second - b.second);
    return { requests, seconds: lastSecond(requests) };
  });
}

/** Requests counted at a real load balancer every five minutes, relative to their median. */
export function elbRequestCounts(): readonly number[] {
  return once('elb', () => relative('nab-elb-request-count.csv'));
}

/** Latencies of real machines every five minutes, relative to their median. */
export function ec2Latencies(): readonly number[] {
  return once('ec2', () => relative('nab-ec2-request-latency.csv'));
}

function relative(file: string): readonly number[] {
  const values = rowsOf(file).map(([value = 0]) => value);
  const median = [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 1;
  return values.map((value) => value / median);
}

function lastSecond(requests: readonly Recorded[]): number {
  return (requests.at(-1)?.second ?? 0) + 1;
}

function rowsOf(file: string): readonly (readonly number[])[] {
  const bytes = readFileSync(`${DATA}/${file}`);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));
}
