import { Failure } from '../base/failure.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import { crossFindings } from './combinations.ts';
import { DEFAULTS } from './defaults.ts';
import { problemOf, reportTo, type Finding, type Report } from './finding.ts';
import type { Analysis, Rollout, Strategy, Traffic, Workload } from './model.ts';
import { LONG, readDuration } from './place.ts';
import { resolveAnalysis } from './resolve-analysis.ts';
import { resolveStrategy } from './resolve-strategy.ts';
import { resolveGateway } from './resolve-traffic.ts';
import { resolveProcess } from './resolve-workload.ts';
import { rolloutDocument, type RolloutDocument, type RolloutSpec } from './schema/document.ts';
import type { Shape } from './shape.ts';
import { structureFindings } from './structure.ts';
import { unbuiltFindings } from './support.ts';

/** More problems than anybody reads help nobody. */
const MOST_FINDINGS = 100;

/** The schema of the written form, as data. */
export const ROLLOUT_SHAPE = rolloutDocument as unknown as Shape;

/** What became of a document: a Rollout, or all that is wrong with it. */
export type Examination =
  | { readonly rollout: Rollout; readonly findings: readonly [] }
  | { readonly rollout?: never; readonly findings: readonly Finding[] };

/** Validates a document and fills in the defaults. Collects every problem. Never throws. */
export function examineRollout(document: unknown): Examination {
  const findings: Finding[] = [...structureFindings(ROLLOUT_SHAPE, document), ...unbuiltFindings(document)];
  const parts = resolveParts(document, findings);
  const rollout = findings.length === 0 ? assemble(document, parts) : undefined;
  if (rollout !== undefined) return { rollout, findings: [] };
  return { findings: findings.slice(0, MOST_FINDINGS) };
}

/** The Rollout of a document; throws Failure `invalidSpec`, or `notBuilt` when nothing else is wrong, with all problems. */
export function resolveRollout(document: unknown): Rollout {
  const { rollout, findings } = examineRollout(document);
  if (rollout !== undefined) return rollout;
  throw refusal(findings, nameOf(document));
}

/** The failure that tells of these findings. */
export function refusal(findings: readonly Finding[], subject: string): Failure {
  const problems = findings.map(problemOf);
  const code = findings.every((one) => one.notBuilt === true) ? 'notBuilt' : 'invalidSpec';
  const [first] = problems;
  const one = first === undefined ? 'is not valid' : `${first.path}: ${first.reason}`.replace(/^: /, '');
  const message = problems.length === 1 ? `${subject}: ${one}` : `${subject} has ${problems.length} problems`;
  const hint = problems.length === 1 ? first?.hint : undefined;
  return new Failure(code, message, { problems, ...(hint === undefined ? {} : { hint }) });
}

interface Parts {
  readonly workload?: Workload;
  readonly traffic?: Traffic;
  readonly strategy?: Strategy;
  readonly analysis?: Analysis;
  readonly deadlineMs?: number;
}

/** Resolves each section whose form is right, so that one mistake does not hide those in other sections. */
function resolveParts(document: unknown, findings: Finding[]): Parts {
  const written = isJsonObject(document) && isJsonObject(document['spec']) ? document['spec'] : undefined;
  if (written === undefined) return {};
  // A key too many, or one that is not built yet, leaves the types of the others as they are.
  const malformed = findings.filter((one) => one.atKey !== true).map((one) => one.path);
  const spec = wellFormed(written, malformed);
  const report = reportTo(findings);
  const parts = partsOf(spec, nameOf(document), report);
  crossFindings(spec, { ...parts, trafficGiven: written['traffic'] !== undefined }, report);
  return parts;
}

/** The sections without structural findings, which are therefore as the types say. */
function wellFormed(spec: JsonObject, malformed: readonly string[]): Partial<RolloutSpec> {
  const sound = Object.entries(spec).filter(([key]) => {
    const path = `spec.${key}`;
    return !malformed.some((one) => one === path || one.startsWith(`${path}.`) || one.startsWith(`${path}[`));
  });
  return Object.fromEntries(sound);
}

function partsOf(spec: Partial<RolloutSpec>, name: string, report: Report): Parts {
  const { workload, traffic, strategy, analysis, deadline } = spec;
  const place = (path: string) => ({ path, report });
  const resolved = strategy && resolveStrategy(strategy, place('spec.strategy'));
  return {
    ...(workload?.process && {
      workload: resolveProcess(workload.process, place('spec.workload.process'), traffic !== undefined),
    }),
    ...(traffic?.gateway && {
      traffic: resolveGateway(traffic.gateway, place('spec.traffic.gateway'), name),
    }),
    ...(resolved && { strategy: resolved }),
    ...(analysis && { analysis: resolveAnalysis(analysis, place('spec.analysis')) }),
    deadlineMs: readDuration(place('spec.deadline'), deadline ?? DEFAULTS.deadline, LONG),
  };
}

function assemble(document: unknown, parts: Parts): Rollout | undefined {
  const { workload, traffic, strategy, analysis, deadlineMs } = parts;
  if (workload === undefined || strategy === undefined || deadlineMs === undefined) return undefined;
  const { metadata, spec } = document as RolloutDocument;
  return {
    name: metadata.name,
    workload,
    ...(traffic === undefined ? {} : { traffic }),
    strategy,
    ...(analysis === undefined ? {} : { analysis }),
    deadlineMs,
    onDeadline: spec.onDeadline ?? DEFAULTS.onDeadline,
    historyKeep: spec.history?.keep ?? DEFAULTS.historyKeep,
    suspend: spec.suspend ?? DEFAULTS.suspend,
  };
}

/** The name a document gives itself, for messages; `Rollout` when it has none. */
function nameOf(document: unknown): string {
  const metadata = isJsonObject(document) ? document['metadata'] : undefined;
  const name = isJsonObject(metadata) ? metadata['name'] : undefined;
  return typeof name === 'string' && name.length <= 63 ? name : 'Rollout';
}
