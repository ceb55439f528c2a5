import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';

/** Of this repository, in whose root tests and benchmarks run. */
export const CLI = resolve('dist/cli/main.js');

/** A namespace of a cluster. */
export interface Place {
  readonly kubeconfig: string;
  readonly namespace: string;
}

/** How an operator is started. */
export interface Started extends Place {
  /** The one namespace that is looked after, its own unless said otherwise; none: all. */
  readonly watched?: readonly string[];
  readonly more?: readonly string[];
  /** Options of node itself. */
  readonly node?: readonly string[];
}

/** Runs the built command on a cluster. */
export function runCoalmine(
  { kubeconfig, namespace }: Place,
  args: readonly string[],
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const all = [CLI, '--kubeconfig', kubeconfig, '--namespace', namespace, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, all, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err });
    });
  });
}

/** The built operator, as a process that a test may kill. */
export class OperatorProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  #said = '';

  constructor(of: Started) {
    const { kubeconfig, namespace, watched = [namespace], more = ['--no-leader-elect'], node = [] } = of;
    const where = watched.flatMap((one) => ['--watch', one]);
    const args = ['operator', '--kubeconfig', kubeconfig, '--namespace', namespace, ...where];
    this.#child = spawn(process.execPath, [...node, CLI, ...args, '--health-port', '0', ...more], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', resolve);
    });
  }

  /** Everything it has logged. */
  get said(): string {
    return this.#said;
  }

  /** Where `/metrics` is, once it says so. */
  get healthPort(): number | undefined {
    const port = /"health":(\d+)/.exec(this.#said)?.[1];
    return port === undefined ? undefined : Number(port);
  }

  /** Throws, with the end of its log, when it has ended. */
  check(): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) return;
    throw new Error(`the operator has ended:\n${this.#said.split('\n').slice(-20).join('\n')}`);
  }

  /** Its exit status, once it has ended by itself. */
  get exited(): Promise<number | null> {
    return this.#exited;
  }

  /** As a machine that loses power would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** As the kubelet would; answers the exit status. */
  async end(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.#exited;
  }
}
