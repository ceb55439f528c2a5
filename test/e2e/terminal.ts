import { spawn } from 'node:child_process';
import path from 'node:path';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { Terminal } from '@xterm/headless';

/** What became of the command: its exit status, and whether the terminal reads keys as it did before. */
export interface Told {
  readonly stopped?: boolean;
  readonly ended?: number;
  readonly restored: boolean;
}

/** How large a terminal is, and what runs there with which variables. */
export interface Setting {
  readonly columns: number;
  readonly rows: number;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A command on a real terminal, whose screen can be read. */
export class OnTerminal {
  readonly #screen: Terminal;
  readonly #child;
  readonly #told: Told[] = [];
  /** Everything that was written, with its commands. */
  written = '';

  constructor({ columns, rows, command, env }: Setting) {
    this.#screen = new Terminal({ cols: columns, rows, allowProposedApi: true });
    this.#screen.loadAddon(new Unicode11Addon());
    this.#screen.unicode.activeVersion = '11';
    const argv = [path.resolve('test/e2e/terminal.py'), String(columns), String(rows), ...command];
    this.#child = spawn('python3', argv, {
      env: { ...process.env, TERM: 'xterm-256color', ...env },
      stdio: 'pipe',
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.written += text;
      this.#screen.write(text);
    });
    let said = '';
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const lines = (said + text).split('\n');
      said = lines.pop() ?? '';
      this.#told.push(
        ...lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Told),
      );
    });
  }

  /** The rows of the screen as they stand, without the spaces at their ends. */
  rows(): readonly string[] {
    const { active } = this.#screen.buffer;
    return Array.from(
      { length: this.#screen.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    );
  }

  /** True while the screen is the one beside what the terminal shows. */
  get isAside(): boolean {
    return this.#screen.buffer.active.type === 'alternate';
  }

  press(keys: string): void {
    this.#order({ keys });
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#order({ size: [columns, rows] });
  }

  signal(name: 'TERM' | 'TSTP' | 'CONT' | 'KILL'): void {
    this.#order({ signal: name });
  }

  /** Waits until the rows of the screen are as wanted; says what they are when that does not come. */
  async until(is: (text: string, rows: readonly string[]) => boolean, what: string): Promise<void> {
    await eventually(
      () => is(this.rows().join('\n'), this.rows()),
      () => `${what}:\n${this.rows().join('\n')}`,
    );
  }

  /** Waits for what became of the command. */
  async told(which: 'stopped' | 'ended'): Promise<Told> {
    await eventually(
      () => this.#told.some((one) => which in one),
      () => which,
    );
    return this.#told.findLast((one) => which in one)!;
  }

  /** Ends whatever still runs. */
  end(): void {
    this.#child.stdin.end();
  }

  #order(order: object): void {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
  }
}

async function eventually(is: () => boolean, what: () => string): Promise<void> {
  for (const end = performance.now() + 30_000; !is();) {
    if (performance.now() > end) throw new Error(`this did not come: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
