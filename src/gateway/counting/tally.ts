import { accessLine, type AccessOutcome } from '../access-log/access-line.ts';
import type { Chosen } from '../routing/choose.ts';
import type { Job } from '../http1/job.ts';
import { log } from '../log.ts';
import type { Asker } from './part-counter.ts';
import type { RequestCounter } from './request-counter.ts';
import type { LivePart } from '../routing/route-table.ts';
import { isConverted, isHarmed } from '../routing/unit.ts';
import type { Upstream } from '../routing/upstream.ts';

/** What an exchange leaves behind: in the counters of the part that serves it, and in the access log. */
export class Tally implements Asker {
  /** Who asked, and the half of the part that serves. */
  readonly user: number | undefined;
  readonly isMatched: boolean;
  half: RequestCounter | undefined;
  /** Of the answer's body. */
  bytes = 0;
  readonly #job: Job;
  #part: LivePart;
  /** Where the exchange is, and where it was last. */
  #upstream: Upstream | undefined;
  #served: Upstream | undefined;
  #wasDrawn = false;
  #isTooBusy = false;
  /** Somebody else is asked: this is not what the client gets. */
  #isPassedOn = false;

  constructor(job: Job) {
    this.#job = job;
    this.#part = job.part;
    this.user = job.user;
    this.isMatched = job.isMatched;
  }

  /** Where the exchange is under way. */
  get upstream(): Upstream | undefined {
    return this.#upstream;
  }

  /** True once the draw is counted. */
  get wasDrawn(): boolean {
    return this.#wasDrawn;
  }

  /** The exchange is under way at an endpoint. */
  enter({ part, upstream }: Chosen): void {
    this.#part = part;
    this.#upstream = this.#served = upstream;
    this.half = part.halfOf?.(upstream, this.#job);
    upstream.inflight += 1;
    part.counter.active += 1;
  }

  /** It is so no longer. */
  leave(): void {
    if (this.#upstream === undefined) return;
    this.#upstream.inflight -= 1;
    this.#part.counter.active -= 1;
    this.#upstream = undefined;
  }

  /**
   * Counts the draw for the part whose process got the request, not for the one drawn: the shares are to tell when
   * users of one track end up on another, or in no process at all. Before any answer, so that slow ones count alike.
   */
  drawn(): void {
    if (this.#wasDrawn || !this.#job.isDrawn) return;
    this.#wasDrawn = true;
    this.#part.counter.assigned();
  }

  /** No process got it: it counts for the part it was meant for. */
  servedByNone(): void {
    this.#part = this.#job.part;
    this.#served = undefined;
    this.drawn();
  }

  /** Every endpoint of its part has as many requests as it may have. */
  tooBusy(): void {
    this.#isTooBusy = true;
    this.#job.part.counter.tooBusy();
  }

  /** Nobody listened at the endpoint; answers which that was. */
  connectFailed(): Upstream | undefined {
    const upstream = this.#upstream;
    this.judge(true);
    this.leave();
    this.#part.counter.connectFailed();
    upstream?.suspect(performance.now());
    return upstream;
  }

  /** Another exchange goes on with the request, in the same route or not. */
  passedOn(isSameRoute: boolean): void {
    this.#isPassedOn = true;
    if (isSameRoute) this.#part.counter.retried();
  }

  /** An endpoint that fails again and again is left out for a while, where the route wants that. */
  judge(isFailure: boolean): void {
    const { eject, rollout } = this.#job.route;
    const upstream = this.#upstream;
    if (eject === undefined || upstream === undefined) return;
    const { counter, upstreams: siblings, track } = this.#part;
    if (!isFailure) upstream.succeeded();
    else if (upstream.failed({ eject, siblings, nowMs: performance.now() })) {
      counter.ejected();
      log('endpoint: left out for a while', { rollout, track, endpoint: upstream.endpoint.id });
    }
  }

  /** Counts the request, which has ended, and writes it down where its route wants that. */
  ended(status: number, how: AccessOutcome['how'] = 'answered'): void {
    const ms = this.elapsedMs();
    const isError = how === 'brokenOff' || (how === 'answered' && status >= 500);
    this.#meet(how === 'answered' ? status : undefined, { isError, ms });
    const { counter, track, revision } = this.#part;
    if (how === 'answered') counter.answered(status, ms, this);
    else counter[how](ms, this);
    if (!this.#isPassedOn) this.#countPath(isError);
    const { log: accessLog } = this.#job.route;
    if (accessLog === undefined) return;
    const served = { track, revision, endpoint: this.#served?.endpoint.id };
    const outcome = { status, ms, how, bytes: this.bytes, served, isTooBusy: this.#isTooBusy };
    accessLog.write(accessLine(this.#job, outcome));
  }

  #countPath(isError: boolean): void {
    this.#job.path?.counter.answered(this.#part.track === 'legacy' ? 'legacy' : 'new', isError);
  }

  /** A user counts for the variant that was drawn, whoever serves; who is sent somewhere by a match for none. */
  #meet(status: number | undefined, fate: { readonly isError: boolean; readonly ms: number }): void {
    const { route, part, user, head, isMatched } = this.#job;
    if (route.experiment === undefined || user === undefined || isMatched) return;
    const { conversion, harm } = route.experiment;
    const hasConverted =
      conversion !== undefined && status !== undefined && isConverted(conversion, head, status);
    // What is asked of somebody else is no answer yet.
    const wasHarmed = harm !== undefined && !this.#isPassedOn && isHarmed(harm, fate);
    part.met?.meet(user, hasConverted || wasHarmed);
  }

  /** Since the request's head had arrived, or it was sent again. */
  elapsedMs(): number {
    return performance.now() - this.#job.startedMs;
  }
}
