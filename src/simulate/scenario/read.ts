import { dirname, resolve } from 'node:path';
import { Failure } from '../../base/failure.ts';
import { ambiguousFindings } from '../../config/ambiguous.ts';
import { located } from '../../config/positions.ts';
import { readRollouts, refused, type DeclaredRollout } from '../../config/read.ts';
import { readSource, type SourceDocument } from '../../config/source.ts';
import { formatOf, readText } from '../../config/text-file.ts';
import type { Finding } from '../../rollout/finding.ts';
import { itemPath } from '../../rollout/path.ts';
import type { Shape } from '../../rollout/shape.ts';
import { structureFindings } from '../../rollout/structure.ts';
import type { Scenario } from './model.ts';
import { resolveScenario, type Declared, type Loaded } from './resolve.ts';
import type { WrittenTraffic } from './resolve-traffic.ts';
import { scenarioDocument, type ScenarioDocument } from './schema.ts';

/** The schema of the written form, as data. */
export const SCENARIO_SHAPE = scenarioDocument as unknown as Shape;

/** Which Rollouts a scenario is for. */
export interface RolloutFiles {
  /** In place of those that the scenario names. */
  readonly instead?: readonly string[];
  /** For scenarios that name none. */
  readonly usual: () => Promise<string>;
  /** Reads these, which the user named; files that the scenario names are only read, never run. */
  readonly read?: (file: string) => Promise<readonly DeclaredRollout[]>;
}

/**
 * Reads a scenario and the Rollouts it is for. Throws Failure `usage` when a file cannot be read, `tooLarge`, and
 * `invalidSpec` with every problem and its file, line and column.
 */
export async function readScenario(file: string, files: RolloutFiles): Promise<Scenario> {
  const text = await readText(
    file,
    'name a file that holds a scenario; without one, two versions are simulated',
  );
  const { documents, findings } = readSource(text, formatOf(file));
  const [source, second] = documents;
  if (findings.length > 0) throw refused(findings, { file });
  if (source === undefined)
    throw refused([{ path: '', reason: 'there is no scenario', line: 1, column: 1 }], { file });
  if (second !== undefined) {
    const reason = 'a file holds one scenario, and this is a second document';
    throw refused([located({ path: '', reason }, second)], { file });
  }
  const document = validated(source, file);
  const refuse = (all: readonly Finding[]): void => {
    if (all.length > 0)
      throw refused(
        all.map((one) => located(one, source)),
        { file },
      );
  };
  const { loaded, problems } = await load(document, file, files);
  refuse(problems);
  const resolved = resolveScenario(document, loaded);
  refuse(resolved.findings);
  return resolved.scenario;
}

function validated(source: SourceDocument, file: string): ScenarioDocument {
  const structure = structureFindings(SCENARIO_SHAPE, source.value);
  const told = new Set(structure.map((one) => one.path));
  const ambiguous = ambiguousFindings(source.tree.contents).filter((one) => !told.has(one.path));
  const all = [...structure, ...ambiguous].map((one) => located(one, source));
  if (all.length > 0) throw refused(all, { file });
  return source.value as ScenarioDocument;
}

interface Loading {
  readonly loaded: Loaded;
  readonly problems: readonly Finding[];
}

/** Everything that the document names. What cannot be read is a problem of the document. */
async function load(document: ScenarioDocument, file: string, files: RolloutFiles): Promise<Loading> {
  const { read = readRollouts } = files;
  const beside = (name: string): string => resolve(dirname(file), name);
  const problems: Finding[] = [];
  const attempt = async <T>(path: string, reading: Promise<T>): Promise<T | undefined> => {
    try {
      return await reading;
    } catch (cause) {
      if (!(cause instanceof Failure) || cause.code !== 'usage') throw cause;
      problems.push({ path, reason: cause.message });
      return undefined;
    }
  };
  const declared: Declared[] = [];
  const written = files.instead === undefined ? document.rollouts : undefined;
  for (const [index, one] of (written ?? []).entries()) {
    const rollouts = await attempt(`${itemPath('rollouts', index)}.file`, readRollouts(beside(one.file)));
    declared.push({ rollouts: (rollouts ?? []).map(({ rollout }) => rollout), written: one });
  }
  const others = written === undefined ? await named(files) : [];
  for (const other of others) {
    declared.push({ rollouts: (await read(other)).map(({ rollout }) => rollout) });
  }
  const texts = new Map<string, string>();
  for (const [path, csv] of csvFiles(document)) {
    const text = await attempt(path, readText(beside(csv), 'name a file beside the scenario'));
    texts.set(csv, text ?? '');
  }
  return { loaded: { declared, texts }, problems };
}

async function named({ instead, usual }: RolloutFiles): Promise<readonly string[]> {
  return instead ?? [await usual()];
}

/** Where files of measured traffic are named. */
function csvFiles({
  traffic,
  rollouts,
}: ScenarioDocument): readonly (readonly [path: string, file: string])[] {
  const places: readonly (readonly [string, WrittenTraffic | undefined])[] = [
    ['traffic', traffic],
    ...(rollouts ?? []).map((one, index) => [`${itemPath('rollouts', index)}.traffic`, one.traffic] as const),
  ];
  return places.flatMap(([path, one]) =>
    one?.csv === undefined ? [] : [[`${path}.csv.file`, one.csv.file] as const],
  );
}
