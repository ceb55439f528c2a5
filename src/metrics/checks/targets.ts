import type { MetricsQuestion } from '../../controller/ports.ts';
import type { Check, RevisionId, Track } from '../../rollout/model.ts';
import type { CLUSTER_PLACEHOLDERS } from '../../rollout/query/placeholders.ts';
import { clusterPlaceholdersIn } from '../../rollout/query/problems.ts';
import type { HistogramQuery, RequestQueries } from '../../rollout/source-queries.ts';
import { fillQuery, type QueryValues } from '../prometheus/template.ts';

/** The two arms of a comparison. */
export type Arm = 'candidate' | 'control';

/** What a Rollout's queries may speak of. */
export interface QueryScope {
  readonly rollout: string;
  readonly namespace?: string;
}

/** The names of an arm in a cluster; absent where they are not known yet. */
export type ArmNames = Pick<QueryValues, 'pods' | 'service'>;

/** The names of both arms in a cluster. */
export type NamesOfArms = Readonly<Partial<Record<Arm, ArmNames>>>;

/** What a query asks for that only a cluster knows. */
export type WantedName = (typeof CLUSTER_PLACEHOLDERS)[number];

/** Finds out the names that are wanted. Throws Failure for one that cannot be known. */
export type FindNames = (
  question: MetricsQuestion,
  wanted: readonly WantedName[],
  signal: AbortSignal,
) => Promise<NamesOfArms>;

/** What queries are filled with. */
export interface Filling {
  readonly question: MetricsQuestion;
  readonly scope: QueryScope;
  readonly names: NamesOfArms;
}

/** Whom a query asks about: a revision, the arm it is on, and the track it serves. */
export interface Subject {
  readonly arm: Arm;
  readonly track: Track;
  readonly revision: RevisionId;
}

/** Those on an arm: of several variants all, since harm is harm whichever of them does it. */
export function onArm<One extends Pick<Subject, 'arm'>>(all: readonly One[], arm: Arm): readonly One[] {
  return all.filter((one) => one.arm === arm);
}

/** True where a check cannot do without an arm: who compares needs both, others look at the candidate alone. */
export function isNeeded({ judge }: Check, { arm }: Pick<Subject, 'arm'>): boolean {
  return arm === 'candidate' || judge.kind === 'sequential' || judge.kind === 'score';
}

/** A query template filled for one of those who are compared. */
export interface ArmQuery extends Subject {
  readonly query: string;
}

/** How far `{{window}}` looks back: queries are asked again at every tick, and count the difference themselves. */
const WINDOW_MS = 60_000;

/** Who is compared: the candidate, or all variants, and what runs today; a first release has nothing that does. */
export function subjectsOf({
  candidate,
  variants,
  control,
  controlTrack = 'stable',
}: MetricsQuestion): readonly Subject[] {
  const candidates = Object.entries(variants ?? { canary: candidate }) as [Track, RevisionId | undefined][];
  return [
    ...candidates.map(([track, revision]) => ({ arm: 'candidate' as const, track, revision })),
    { arm: 'control' as const, track: controlTrack, revision: control },
  ].flatMap(({ revision, ...one }) => (revision === undefined ? [] : { ...one, revision }));
}

/** Fills the templates of both arms; throws Failure for one that cannot be filled. */
export function armQueries(
  templates: Readonly<Record<Arm, string>>,
  { question, scope, names }: Filling,
): readonly ArmQuery[] {
  return subjectsOf(question).map((subject) => {
    const { arm, track, revision } = subject;
    const query = fillQuery(templates[arm], {
      track,
      revision,
      name: scope.rollout,
      ...(scope.namespace === undefined ? {} : { namespace: scope.namespace }),
      ...names[arm],
      windowMs: WINDOW_MS,
    });
    return { ...subject, query };
  });
}

/** The names that a check asks for. */
export function namesWanted(check: Check): readonly WantedName[] {
  return [...new Set(queriesOf(check).flatMap(clusterPlaceholdersIn))];
}

/** The source that a check asks; undefined for what no source measures. */
export function sourceOf({ metric }: Check): string | undefined {
  switch (metric.kind) {
    case 'ratio':
    case 'rate':
    case 'value':
      return metric.source;
    case 'latency':
    case 'size':
    case 'errors':
      return metric.from?.source;
    case 'differences':
    case 'usage':
      return undefined;
  }
}

/** The query templates of a check; none where no source is asked. */
export function queriesOf({ metric }: Check): readonly string[] {
  switch (metric.kind) {
    case 'ratio':
      return [metric.bad, metric.all];
    case 'rate':
    case 'value':
      return [metric.query];
    case 'latency':
    case 'size':
      return histogramsIn(metric.from);
    case 'errors':
      return countersIn(metric.from);
    case 'differences':
    case 'usage':
      return [];
  }
}

function histogramsIn(from: HistogramQuery | undefined): readonly string[] {
  if (from === undefined) return [];
  return from.control === undefined ? [from.query] : [from.query, from.control];
}

function countersIn(from: RequestQueries | undefined): readonly string[] {
  if (from === undefined) return [];
  const { bad, all, control } = from;
  return control === undefined ? [bad, all] : [bad, all, control.bad, control.all];
}
