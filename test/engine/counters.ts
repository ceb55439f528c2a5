import { fractionOf } from '../../src/base/share.ts';
import type { Route, RouteMirror, RoutePart } from '../../src/engine/observation.ts';
import type { Reading, Series } from '../../src/engine/status.ts';
import type { RevisionId } from '../../src/rollout/model.ts';
import { AUDIENCE_PER_SECOND, behaviourOf, servedBy } from './behaviour.ts';
import { metAfter } from './conversions.ts';

type Converts = (id: RevisionId) => number;

/** What the data plane counts of a hundred requests a second. */
export class Counters {
  #epoch = 1;
  readonly #series = new Map<string, Series>();

  /** The data plane is another process, and counts from 0. */
  restart(): void {
    this.#epoch += 1;
    this.#series.clear();
  }

  /** Requests of so much time come; in maintenance nobody is served. */
  pass(route: Route, ms: number, converts: Converts): void {
    if (route.maintenance !== undefined) return;
    for (const part of route.parts) {
      const byMatch = part.match === undefined ? 0 : (AUDIENCE_PER_SECOND * ms) / 1_000;
      const byWeight = fractionOf(part.weight) * 100 * (ms / 1_000);
      this.#serve(part, [byWeight, byMatch]);
      this.#meet(part, byWeight, { route, converts });
    }
    for (const mirror of route.mirrors ?? []) this.#copy(mirror, ms);
  }

  reading(at: number): Reading {
    return { epoch: `e${this.#epoch}`, at, series: [...this.#series.values()] };
  }

  /** Every request that is copied is answered by stable first. */
  #copy({ track, revision: id, share, compare }: RouteMirror, ms: number): void {
    this.#serve({ track, revision: id }, [fractionOf(share) * 100 * (ms / 1_000), 0]);
    const series = this.#series.get(`${track} ${id}`)!;
    const { requests } = series.counters;
    const originals = { requests, errors: 0, latency: [[200, requests]] as const };
    const events = behaviourOf(id) === 'slow' ? requests : 0;
    const compared = { copies: { trials: requests, events }, repeats: { trials: requests, events: 0 } };
    this.#series.set(`${track} ${id}`, {
      ...series,
      originals,
      ...(compare === undefined ? {} : { compared }),
    });
  }

  #serve(
    { track, revision: id }: Pick<RoutePart, 'track' | 'revision'>,
    [byWeight, byMatch]: readonly [number, number],
  ): void {
    const key = `${track} ${id}`;
    const before = this.#series.get(key);
    const counters = servedBy(id, before?.counters, Math.round(byWeight) + Math.round(byMatch));
    const matched = servedBy(id, before?.matched, Math.round(byMatch));
    const { met } = before ?? {};
    this.#series.set(key, {
      track,
      revision: id,
      counters,
      ...(matched.requests === 0 ? {} : { matched }),
      ...(met === undefined ? {} : { met }),
    });
  }

  /** Users who are told apart, in an experiment. */
  #meet(
    { track, revision: id }: RoutePart,
    users: number,
    { route: { experiment }, converts }: { readonly route: Route; readonly converts: Converts },
  ): void {
    const { met: before, ...series } = this.#series.get(`${track} ${id}`)!;
    const met = experiment && metAfter(before, experiment.id, { users, rate: converts(id) });
    this.#series.set(`${track} ${id}`, { ...series, ...(met === undefined ? {} : { met }) });
  }
}
