import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { OperatorProcess } from '../../test/kubernetes/operator-process.ts';

/** What an operator has used up so far, as it says itself. */
export interface Usage {
  readonly atMs: number;
  /** Requests to the API server, by verb; the renewals of its lease and its watches included, a list counted once. */
  readonly requests: ReadonlyMap<string, number>;
  readonly cpuSeconds: number;
  readonly rssMiB: number;
}

/** The built operator over all namespaces, measured from outside. */
export class MeasuredOperator {
  readonly #process: OperatorProcess;

  constructor(kubeconfig: string, profile: string | undefined) {
    const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profile)}`];
    const node = [...imageOptions(), ...profiling];
    this.#process = new OperatorProcess({ kubeconfig, namespace: 'default', watched: [], more: [], node });
  }

  /** What it has used up until now. Waits until it answers. */
  async usage(): Promise<Usage> {
    for (;;) {
      this.#process.check();
      const { healthPort } = this.#process;
      const text =
        healthPort === undefined
          ? undefined
          : await fetch(`http://127.0.0.1:${healthPort}/metrics`)
              .then((answer) => answer.text())
              .catch(() => undefined);
      if (text !== undefined) return usageIn(text);
      await pause(100);
    }
  }

  /** Waits for the work; throws when the operator ends before. */
  async during<T>(work: Promise<T>): Promise<T> {
    const ended = this.#process.exited.then(() => {
      this.#process.check();
    });
    await Promise.race([work, ended]);
    return work;
  }

  async end(): Promise<void> {
    await this.#process.end();
  }
}

/** The options of node with which the image starts it. */
function imageOptions(): readonly string[] {
  const written = /^ENTRYPOINT (.*)$/m.exec(readFileSync('deploy/Containerfile', 'utf8'))?.[1] ?? '[]';
  return (JSON.parse(written) as readonly string[]).filter((one) => one.startsWith('--'));
}

function usageIn(exposition: string): Usage {
  const value = (name: string): number =>
    Number(new RegExp(`^${name} (.*)$`, 'm').exec(exposition)?.[1] ?? NaN);
  const verbs = exposition.matchAll(/^coalmine_kubernetes_requests_total\{verb="(\w+)"\} (\d+)$/gm);
  return {
    atMs: performance.now(),
    requests: new Map([...verbs].map(([, verb = '', count]) => [verb, Number(count)])),
    cpuSeconds: value('process_cpu_seconds_total'),
    rssMiB: value('process_resident_memory_bytes') / 2 ** 20,
  };
}

/** What was used up between two moments. */
export interface Used {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly requests: number;
  /** As in `42 patch, 7 list`. */
  readonly verbs: string;
}

/** The difference of two readings. */
export function between(before: Usage, after: Usage): Used {
  const counts = [...after.requests]
    .map(([verb, count]) => [verb, count - (before.requests.get(verb) ?? 0)] as const)
    .filter(([, count]) => count > 0);
  return {
    seconds: (after.atMs - before.atMs) / 1_000,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    requests: counts.reduce((sum, [, count]) => sum + count, 0),
    verbs: counts.map(([verb, count]) => `${count} ${verb}`).join(', '),
  };
}
