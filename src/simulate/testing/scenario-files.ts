import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { problemLines } from '../../config/print.ts';
import type { Scenario } from '../scenario/model.ts';
import { readScenario } from '../scenario/read.ts';

/** A directory with files that scenarios may name, one of which is the usual Rollout. */
export class ScenarioFiles {
  readonly dir: string;
  readonly #usual: string;

  constructor(dir: string, usual: string) {
    this.dir = dir;
    this.#usual = usual;
  }

  /** Makes the directory; the first file holds the usual Rollout. */
  static async create(files: Readonly<Record<string, string>>): Promise<ScenarioFiles> {
    const dir = await mkdtemp(join(tmpdir(), 'coalmine-scenario-'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
    return new ScenarioFiles(dir, Object.keys(files)[0] ?? '');
  }

  destroy(): Promise<void> {
    return rm(this.dir, { recursive: true, force: true });
  }

  /** Reads a scenario. */
  async read(text: string): Promise<Scenario> {
    const file = join(this.dir, 'scenario.yaml');
    await writeFile(file, text);
    return readScenario(file, { usual: () => Promise.resolve(join(this.dir, this.#usual)) });
  }

  /** Every problem of a scenario as it is printed, without the directory. */
  async problemsOf(text: string): Promise<readonly string[]> {
    const failure: unknown = await this.read(text).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(failure).toBeInstanceOf(Failure);
    const { problems, message, code } = failure as Failure;
    expect(['invalidSpec', 'usage', 'tooLarge']).toContain(code);
    const lines = problems.length === 0 ? [message] : problemLines(problems);
    return lines.map((line) => line.replaceAll(`${this.dir}/`, ''));
  }
}
