import { Failure } from '../base/failure.ts';
import { isSameJson } from '../base/same-json.ts';
import { requireCapabilities } from '../controller/capabilities.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import { brokenPromise } from '../engine/standing.ts';
import { isServing, wantedIn } from '../engine/status.ts';
import type { Wanted } from '../engine/wanted.ts';
import { readCertificate } from '../gateway/tls/certificate.ts';
import type { RevisionId, Rollout } from '../rollout/model.ts';
import { gatewayOf } from '../rollout/traffic.ts';
import type { StateStore } from '../store/queries.ts';
import { compilePlan } from '../strategy/compile.ts';
import { GATEWAY_CAPABILITIES } from '../traffic/gateway.ts';
import { queriesOf } from '../metrics/checks/targets.ts';
import { fillQuery } from '../metrics/prometheus/template.ts';
import type { Current } from './current.ts';

/** As long as a revision and a track are filled in, it does not matter which. */
const SOME_TRACK = { track: 'canary', revision: 'r1-0', windowMs: 1_000 };

/** Throws Failure `conflict` for a Rollout that is on its way out. */
export function refuseDeleting(name: string, { deleting }: Pick<RolloutRecord, 'deleting'>): void {
  if (!deleting) return;
  throw new Failure('conflict', `${name} is being deleted`, { hint: 'declare it again once it is gone' });
}

/** Throws Failure `conflict` when another Rollout has the address this one wants. */
export async function refuseTakenAddress(
  { name, ...rollout }: Rollout,
  store: Pick<StateStore, 'list'>,
): Promise<void> {
  const traffic = gatewayOf(rollout.traffic);
  if (traffic === undefined) return;
  const owner = (await store.list()).find(({ rollout: other }) => {
    const taken = gatewayOf(other.traffic);
    const isSame = taken?.host === traffic.host && taken?.path === traffic.path;
    return other.name !== name && isSame;
  });
  if (owner === undefined) return;
  const where = `${traffic.host ?? 'any host'}, path ${traffic.path}`;
  throw new Failure('conflict', `${name} wants ${where}, which ${owner.rollout.name} has`, {
    hint: 'give one of them another traffic.gateway.host or path',
  });
}

/** Throws Failure `usage` for certificates that the gateway could not serve. */
export async function refuseUnusableCertificate({ traffic }: Rollout): Promise<void> {
  const files = gatewayOf(traffic)?.tls;
  if (files !== undefined) await readCertificate(files);
}

/** Throws Failure `refusedPlan` when the gateway cannot do what the strategy needs, also before it is first used. */
export function refuseIncapable(rollout: Rollout): void {
  const plan = compilePlan(rollout, { hasStable: true, direct: false });
  requireCapabilities(plan, rollout, GATEWAY_CAPABILITIES);
}

/** Throws Failure `refusedPlan` for a query that asks for what there is not on one machine, as a namespace. */
export function refuseUnfillable({ name, analysis }: Rollout): void {
  const queries = (analysis?.checks ?? []).flatMap((check) =>
    queriesOf(check).map((query) => ({ query, of: `${name}, check ${check.name}` })),
  );
  for (const { query, of } of queries) {
    try {
      fillQuery(query, { ...SOME_TRACK, name });
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      const hint = cause.hint === undefined ? {} : { hint: cause.hint };
      throw new Failure('refusedPlan', `${of}: ${cause.message}`, { ...hint, cause });
    }
  }
}

/** Throws Failure `rejectedRevision` for a revision that is not to be tried again by itself. */
export function refuseRejected(
  current: Current | undefined,
  wanted: Pick<Wanted, 'revision' | 'variants'>,
): void {
  const status = current?.stored.status;
  if (status === undefined || isServing(status, wanted)) return;
  const revision = wantedIn(wanted).find((one) => status.rejected.includes(one));
  if (revision === undefined) return;
  const why = status.lastOutcome?.revision === revision ? ` (${status.lastOutcome.reason})` : '';
  throw new Failure('rejectedRevision', `${revision} was rejected before${why}`, {
    hint: 'release a changed version, or this one again with --insist or `coalmine retry NAME`',
  });
}

/**
 * Throws Failure `refusedPlan` for variants that are the same revision, or of which one is what runs today: once one of
 * them has won they are no experiment any more.
 */
export function refuseServing(
  current: Current | undefined,
  { variants }: Pick<Wanted, 'revision' | 'variants'>,
): void {
  if (variants === undefined || isSameJson(current?.stored.wanted?.variants, variants)) return;
  const named = Object.entries(variants).map(([track, revision]) => ({
    name: track.slice(track.indexOf(':') + 1),
    revision,
  }));
  const twin = named.find(({ revision }, i) => named.findIndex((one) => one.revision === revision) < i);
  if (twin !== undefined)
    throw new Failure('refusedPlan', `the variant ${twin.name} is the same revision as another`, {
      hint: 'give each variant an env of its own',
    });
  const serving = named.find(({ revision }) => revision === current?.stored.status.stable);
  if (serving !== undefined)
    throw new Failure('refusedPlan', `the variant ${serving.name} is what runs today`, {
      hint: 'take it out of the variants: what runs today is the one with stable: true',
    });
}

/**
 * Throws Failure `refusedPlan` for a release on a promise that the comparison of stable with itself contradicts. What is
 * wanted already is no release.
 */
export function refuseBrokenPromise(
  rollout: Rollout,
  current: Current | undefined,
  revision: RevisionId,
): void {
  if (current?.stored.wanted?.revision === revision) return;
  const broken = brokenPromise(rollout, current?.stored.status.standing);
  if (broken === undefined) return;
  throw new Failure('refusedPlan', `${rollout.name}: ${broken}`, {
    hint: 'widen the margin, promise less in falseAlarms, or release with --insist',
  });
}

/** What was asked for no longer fits what is declared. */
export function changedMeanwhile(name: string): Failure {
  return new Failure('conflict', `${name} was changed meanwhile`, {
    hint: `look at it (\`coalmine describe ${name}\`) and try again`,
  });
}

/** A Rollout that somebody deleted does not come back by a request from before. */
export function deletedMeanwhile(name: string): Failure {
  return new Failure('conflict', `${name} was deleted meanwhile`, {
    hint: 'apply it again to declare it anew',
  });
}
