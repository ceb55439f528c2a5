import { Failure, problemText } from '../../base/failure.ts';
import { isJsonObject, type JsonObject } from '../../base/json.ts';
import { crossFindings } from '../combinations/all.ts';
import { compositionFindings, type Composition } from '../composition.ts';
import { DEFAULTS } from '../defaults.ts';
import { problemOf, reportTo, type Finding, type Report } from '../finding.ts';
import type { Analysis, Rollout, SourceSettings, Strategy, Workload } from '../model.ts';
import type { Traffic } from '../traffic.ts';
import type { Listener } from '../model-notify.ts';
import type { Gate, Hook } from '../model-outside.ts';
import { field, LONG, readDuration, tell, type Place } from '../place.ts';
import { resolveAnalysis } from './analysis.ts';
import { resolveClusterTraffic } from './cluster-traffic.ts';
import type { Measuring } from './metric.ts';
import { countersOf } from '../router-counters.ts';
import { withComparison } from './comparison.ts';
import { resolveNotify } from './notify.ts';
import { resolveGates, resolveHooks } from './outside.ts';
import { resolveSources } from './sources.ts';
import { resolveStrategy } from './strategy.ts';
import { resolveGateway } from './traffic.ts';
import { resolveContainer, resolveDeployment, resolveProcess } from './workload.ts';
import { rolloutDocument, type RolloutDocument, type RolloutSpec } from '../schema/document.ts';
import type { Shape } from '../shape.ts';
import { structureFindings } from '../structure.ts';
import { unbuiltFindings } from '../support.ts';

/** More problems than anybody reads help nobody. */
const MOST_FINDINGS = 100;

/** The schema of the written form, as data. */
export const ROLLOUT_SHAPE = rolloutDocument as unknown as Shape;

/** What became of a document: a Rollout, or all that is wrong with it. */
export type Examination =
  | { readonly rollout: Rollout; readonly findings: readonly [] }
  | { readonly rollout?: never; readonly findings: readonly Finding[] };

/**
 * Validates a document and fills in the defaults, for the composition that is to run it; without one, for whichever can.
 * Collects every problem. Never throws.
 */
export function examineRollout(document: unknown, where?: Composition): Examination {
  const findings: Finding[] = [
    ...structureFindings(ROLLOUT_SHAPE, document),
    ...unbuiltFindings(document),
    ...compositionFindings(document, where),
  ];
  const parts = resolveParts(document, findings);
  const rollout = findings.length === 0 ? assemble(document, parts) : undefined;
  if (rollout !== undefined) return { rollout, findings: [] };
  return { findings: findings.slice(0, MOST_FINDINGS) };
}

/** The Rollout of a document; throws Failure `invalidSpec`, or `notBuilt` when nothing else is wrong, with all problems. */
export function resolveRollout(document: unknown, where?: Composition): Rollout {
  const { rollout, findings } = examineRollout(document, where);
  if (rollout !== undefined) return rollout;
  throw refusal(findings, nameOf(document));
}

/** The failure that tells of these findings. */
export function refusal(findings: readonly Finding[], subject: string): Failure {
  const problems = findings.map(problemOf);
  const code = findings.every((one) => one.notBuilt === true) ? 'notBuilt' : 'invalidSpec';
  const [first] = problems;
  const one = first === undefined ? 'is not valid' : problemText(first);
  const message = problems.length === 1 ? `${subject}: ${one}` : `${subject} has ${problems.length} problems`;
  const hint = problems.length === 1 ? first?.hint : undefined;
  return new Failure(code, message, { problems, ...(hint === undefined ? {} : { hint }) });
}

interface Parts {
  readonly workload?: Workload;
  readonly traffic?: Traffic;
  readonly strategy?: Strategy;
  readonly analysis?: Analysis;
  readonly sources?: readonly SourceSettings[];
  readonly gates?: readonly Gate[];
  readonly hooks?: readonly Hook[];
  readonly notify?: readonly Listener[];
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
  const name = nameOf(document);
  const parts = partsOf(spec, name, report);
  const given = {
    trafficGiven: written['traffic'] !== undefined,
    malformed: Object.keys(written).filter((key) => !(key in spec)),
  };
  crossFindings(spec, { ...parts, name, ...given }, report);
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
  const { workload, traffic, strategy, deadline } = spec;
  const place = (path: string) => ({ path, report });
  const resolved = strategy && resolveStrategy(strategy, place('spec.strategy'), name);
  const reached = traffic && trafficOf(traffic, place, name);
  const judged = judgedBy(spec, place('spec'), reached?.traffic);
  return {
    ...(workload && workloadOf(workload, place, traffic !== undefined)),
    ...reached,
    ...(resolved && { strategy: resolved }),
    ...(judged && { analysis: judged }),
    ...outsideOf(spec, report),
    deadlineMs: resolveDeadline(deadline, place('spec.deadline'), resolved),
  };
}

function judgedBy(
  spec: Partial<RolloutSpec>,
  place: Place,
  traffic: Traffic | undefined,
): Analysis | undefined {
  const measuring: Measuring = {
    sources: (spec.sources ?? []).map(({ name }) => name),
    ...(traffic === undefined || traffic.kind === 'gateway' ? {} : { router: countersOf(traffic) }),
  };
  const { analysis } = spec;
  const written = analysis && resolveAnalysis(analysis, field(place, 'analysis'), measuring);
  return withComparison(spec, written, { place, measuring });
}

function outsideOf(
  { sources = [], gates = [], hooks = [], notify = [] }: Partial<RolloutSpec>,
  report: Report,
): Required<Pick<Parts, 'sources' | 'gates' | 'hooks' | 'notify'>> {
  return {
    sources: resolveSources(sources, { path: 'spec.sources', report }),
    gates: resolveGates(gates, { path: 'spec.gates', report }),
    hooks: resolveHooks(hooks, { path: 'spec.hooks', report }),
    notify: resolveNotify(notify, { path: 'spec.notify', report }),
  };
}

function trafficOf(
  written: NonNullable<RolloutSpec['traffic']>,
  place: (path: string) => Place,
  name: string,
): Pick<Parts, 'traffic'> {
  const { gateway } = written;
  if (gateway) return { traffic: resolveGateway(gateway, place('spec.traffic.gateway'), name) };
  const traffic = resolveClusterTraffic(written, name);
  return traffic === undefined ? {} : { traffic };
}

function workloadOf(
  { process, container, deployment }: RolloutSpec['workload'],
  place: (path: string) => Place,
  hasTraffic: boolean,
): Pick<Parts, 'workload'> {
  if (process) return { workload: resolveProcess(process, place('spec.workload.process'), hasTraffic) };
  if (deployment) return { workload: resolveDeployment(deployment) };
  if (!container) return {};
  return { workload: resolveContainer(container, place('spec.workload.container'), hasTraffic) };
}

const DAY_MS = 86_400_000;

/** An experiment may take long: where nothing else is written, a day more than that. */
function resolveDeadline(written: string | undefined, at: Place, strategy: Strategy | undefined): number {
  const usualMs = readDuration(at, written ?? DEFAULTS.deadline, LONG);
  if (strategy?.kind !== 'ab') return usualMs;
  const { atMostMs } = strategy;
  if (written === undefined) return atMostMs + DAY_MS;
  if (usualMs <= atMostMs)
    tell(
      at,
      `${written} is over before the experiment may be`,
      'make it longer than endWhen.atMost, or leave it out',
    );
  return usualMs;
}

function assemble(document: unknown, parts: Parts): Rollout | undefined {
  const { workload, traffic, strategy, analysis, deadlineMs } = parts;
  const { sources = [], gates = [], hooks = [], notify = [] } = parts;
  if (workload === undefined || strategy === undefined || deadlineMs === undefined) return undefined;
  const { metadata, spec } = document as RolloutDocument;
  return {
    ...placeOf(metadata),
    workload,
    ...(traffic === undefined ? {} : { traffic }),
    strategy,
    ...(analysis === undefined ? {} : { analysis }),
    sources,
    gates,
    hooks,
    notify,
    deadlineMs,
    ...policiesOf(spec),
  };
}

function placeOf({ name, namespace }: RolloutDocument['metadata']): Pick<Rollout, 'name' | 'namespace'> {
  return namespace === undefined ? { name } : { name, namespace };
}

type Policies = Pick<Rollout, 'onDeadline' | 'group' | 'historyKeep' | 'rollbackWindow' | 'suspend'>;

function policiesOf(spec: RolloutSpec): Policies {
  const { group } = spec;
  return {
    ...(group === undefined ? {} : { group: { ...DEFAULTS.group, ...group } }),
    onDeadline: spec.onDeadline ?? DEFAULTS.onDeadline,
    historyKeep: spec.history?.keep ?? DEFAULTS.historyKeep,
    rollbackWindow: spec.history?.rollbackWindow ?? DEFAULTS.rollbackWindow,
    suspend: spec.suspend ?? DEFAULTS.suspend,
  };
}

/** The name a document gives itself, for messages; `Rollout` when it has none. */
function nameOf(document: unknown): string {
  const metadata = isJsonObject(document) ? document['metadata'] : undefined;
  const name = isJsonObject(metadata) ? metadata['name'] : undefined;
  return typeof name === 'string' && name.length <= 63 ? name : 'Rollout';
}
