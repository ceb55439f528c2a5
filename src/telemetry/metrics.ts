/** Names of labels with their values. */
export type Labels = Readonly<Record<string, string>>;

/** One number of a family. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** What is put behind the name, in histograms; absent: nothing. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
}

/** Everything that goes by one name, as Prometheus reads it. */
export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** One sentence. */
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** What an exposition in text is sent as. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Families in Prometheus' text format 0.0.4. */
export function textOf(families: readonly Family[]): string {
  return families.map(familyText).join('');
}

function familyText({ name, type, help, samples }: Family): string {
  const lines = samples.map(
    ({ labels, value, suffix = '' }) => `${name}${suffix}${labelText(labels)} ${number(value)}\n`,
  );
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function number(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** Counts that only grow, by their labels. */
export class Counter {
  readonly #counts = new Map<string, { readonly labels: Labels; value: number }>();

  /** Counts so many more. */
  add(labels: Labels, more = 1): void {
    const key = JSON.stringify(labels);
    const count = this.#counts.get(key) ?? { labels, value: 0 };
    count.value += more;
    this.#counts.set(key, count);
  }

  /** Forgets what has all of these labels: it will not be counted any more. */
  forget(of: Labels): void {
    const wanted = Object.entries(of);
    for (const [key, { labels }] of this.#counts)
      if (wanted.every(([name, value]) => labels[name] === value)) this.#counts.delete(key);
  }

  samples(): readonly Sample[] {
    return [...this.#counts.values()].map(({ labels, value }) => ({ labels, value }));
  }
}

/** How many of what was measured lie below each of a few bounds, by their labels. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #seen = new Map<string, { readonly labels: Labels; readonly counts: number[]; sum: number }>();

  /** `bounds`: ascending, in the unit of what is measured. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  /** Adds one measurement. */
  observe(labels: Labels, value: number): void {
    const key = JSON.stringify(labels);
    const seen = this.#seen.get(key) ?? { labels, counts: [...this.#bounds, Infinity].map(() => 0), sum: 0 };
    seen.sum += value;
    const first = this.#bounds.findIndex((bound) => value <= bound);
    for (let index = first < 0 ? this.#bounds.length : first; index < seen.counts.length; index += 1)
      seen.counts[index] = (seen.counts[index] ?? 0) + 1;
    this.#seen.set(key, seen);
  }

  samples(): readonly Sample[] {
    return [...this.#seen.values()].flatMap(({ labels, counts, sum }) => [
      ...counts.map((value, index): Sample => {
        const bound = this.#bounds[index];
        return {
          labels: { ...labels, le: bound === undefined ? '+Inf' : String(bound) },
          value,
          suffix: '_bucket',
        };
      }),
      { labels, value: sum, suffix: '_sum' },
      { labels, value: counts.at(-1) ?? 0, suffix: '_count' },
    ]);
  }
}

/** What this process is and uses, by the names that every client library gives it. */
export function processFamilies(version: string): readonly Family[] {
  const { user, system } = process.cpuUsage();
  const one = (value: number, labels: Labels = {}): readonly Sample[] => [{ labels, value }];
  return [
    {
      name: 'coalmine_build_info',
      type: 'gauge',
      help: 'What runs.',
      samples: one(1, { version, node: process.versions.node }),
    },
    {
      name: 'process_cpu_seconds_total',
      type: 'counter',
      help: 'Time of processors that was used, user and system.',
      samples: one((user + system) / 1e6),
    },
    {
      name: 'process_resident_memory_bytes',
      type: 'gauge',
      help: 'Memory that is held.',
      samples: one(process.memoryUsage.rss()),
    },
    {
      name: 'process_start_time_seconds',
      type: 'gauge',
      help: 'When it was started, since 1970.',
      samples: one(Math.round(performance.timeOrigin) / 1_000),
    },
  ];
}
