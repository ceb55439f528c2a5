import { setImmediate as breathe } from 'node:timers/promises';
import type { NeighbourPort } from '../controller/ports.ts';
import { neighbourOf } from '../engine/gates/neighbour.ts';
import { announcementsOf } from './act-words.ts';
import { randomFrom } from './random.ts';
import type { SimulationResult } from './result.ts';
import { RolloutRun } from './rollout-run.ts';
import { Schedule } from './schedule.ts';
import type { Scenario } from './scenario/model.ts';
import type { TimelineEntry } from './timeline.ts';

/** How a scenario is run. */
export interface SimulationOptions {
  /** In place of that of the scenario. */
  readonly seed?: number;
  /** True: everything that happens is told in the result. */
  readonly hasTimeline: boolean;
  /** Told every now and then how far it has come. */
  readonly onProgress?: (atMs: number) => void;
  readonly signal?: AbortSignal;
}

/** The process is given back to others after so many looks. */
const LOOKS_AT_A_TIME = 500;
/** Without a written end: so long after the last deadline of a release that may still begin. */
const MARGIN_MS = 600_000;

/**
 * Runs a scenario in virtual time: the engine, the judges and the loop of the controller are real, everything they
 * see is made up. Equal scenario and seed, equal result. Throws the reason of `signal` when that is aborted, and
 * Failure `refusedPlan`.
 */
export async function simulate(scenario: Scenario, options: SimulationOptions): Promise<SimulationResult> {
  const seed = options.seed ?? scenario.seed;
  const timeline: TimelineEntry[] = [];
  const runs: RolloutRun[] = [];
  const neighbours = neighboursAmong(runs);
  runs.push(
    ...scenario.subjects.map(
      (subject, stream) =>
        new RolloutRun({
          subject,
          random: randomFrom(seed, stream),
          lookEveryMs: scenario.lookEveryMs,
          startsAt: scenario.startsAt ?? 0,
          neighbours,
          tell: (entry) => {
            if (options.hasTimeline) timeline.push(entry);
          },
        }),
    ),
  );
  const untilMs = scenario.untilMs ?? latestEnd(scenario);
  const clock = new Clock(untilMs, options);
  for (const run of runs) new Watch(run, clock).begin();
  await clock.run();
  const endedAtMs = scenario.untilMs ?? clock.nowMs;
  return {
    seed,
    ...(scenario.startsAt === undefined ? {} : { startsAt: scenario.startsAt }),
    endedAtMs,
    looks: clock.looks,
    rollouts: runs.map((run) => run.result(endedAtMs)),
    timeline,
  };
}

/** What gates hear of the Rollouts that are simulated beside theirs; equal versions are of one artefact. */
function neighboursAmong(runs: readonly RolloutRun[]): NeighbourPort {
  let byName: ReadonlyMap<string, RolloutRun> | undefined;
  return {
    see: (names, candidate) => {
      byName ??= new Map(runs.map((run) => [run.subject.rollout.name, run]));
      const seen = names.map((name) => {
        const status = byName?.get(name)?.status;
        return [
          name,
          status === undefined ? 'none' : neighbourOf(status, status.stable === candidate),
        ] as const;
      });
      return Promise.resolve(Object.fromEntries(seen));
    },
  };
}

function latestEnd({ subjects }: Scenario): number {
  const ends = subjects.map(({ acts, rollout }) => (acts.at(-1)?.atMs ?? 0) + rollout.deadlineMs);
  return Math.max(0, ...ends) + MARGIN_MS;
}

/** Virtual time: it is always that of what is done. */
class Clock {
  readonly schedule = new Schedule();
  readonly #untilMs: number;
  readonly #options: SimulationOptions;
  nowMs = 0;
  looks = 0;

  constructor(untilMs: number, options: SimulationOptions) {
    this.#untilMs = untilMs;
    this.#options = options;
  }

  async run(): Promise<void> {
    for (let done = 0; ; done += 1) {
      if (done % LOOKS_AT_A_TIME === 0) await this.#pause();
      const next = this.schedule.next();
      if (next === undefined || next.atMs > this.#untilMs) return;
      this.nowMs = next.atMs;
      await next.run();
    }
  }

  /** Lets others have the process, Ctrl-C among them. */
  async #pause(): Promise<void> {
    const { signal, onProgress } = this.#options;
    await breathe();
    signal?.throwIfAborted();
    onProgress?.(this.nowMs);
  }
}

/** Looks after one Rollout: when it has to be looked at, and when something is done to it. */
class Watch {
  readonly #run: RolloutRun;
  readonly #clock: Clock;
  /** The look that counts; others were superseded. */
  #look = 0;

  constructor(run: RolloutRun, clock: Clock) {
    this.#run = run;
    this.#clock = clock;
  }

  begin(): void {
    this.#lookAt(0);
    for (const announcement of announcementsOf(this.#run.subject)) {
      this.#clock.schedule.add({
        atMs: announcement.atMs,
        run: () => {
          this.#run.announce(announcement);
          this.#lookAt(announcement.atMs);
        },
      });
    }
    for (const act of this.#run.subject.acts) {
      this.#clock.schedule.add({
        atMs: act.atMs,
        run: async () => {
          await this.#run.act(act);
          this.#lookAt(act.atMs);
        },
      });
    }
  }

  #lookAt(atMs: number): void {
    this.#look += 1;
    const look = this.#look;
    if (atMs === Infinity) return;
    this.#clock.schedule.add({
      atMs,
      run: async () => {
        if (look !== this.#look) return;
        this.#clock.looks += 1;
        this.#lookAt(await this.#run.look(atMs));
      },
    });
  }
}
