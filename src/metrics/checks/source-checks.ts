import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../../base/duration.ts';
import { explanationOf } from '../../base/failure.ts';
import type { CheckReading } from '../../analysis/measurement.ts';
import type { MetricsQuestion } from '../../controller/ports.ts';
import type { Check, SourceSettings } from '../../rollout/model.ts';
import type { SourcePool } from '../source-pool.ts';
import { Counters } from './counter.ts';
import { readCheck } from './read-check.ts';
import { namesWanted, sourceOf, subjectsOf, type FindNames, type QueryScope } from './targets.ts';
import { deadlineIn } from '../../system/waiting.ts';

/** What the checks of one Rollout ask of its sources. */
export interface SourceChecksParts {
  readonly scope: QueryScope;
  readonly sources: readonly SourceSettings[];
  readonly pool: Pick<SourcePool, 'source'>;
  /** A name that nobody had before, for counters that begin anew. */
  readonly newEpoch: () => string;
  /** How long a look waits for a source, in milliseconds. */
  readonly patienceMs?: number;
}

/** A look has more to do than to wait for a slow source. */
const PATIENCE_MS = 500;
/** Reading a check may take several calls, each of which has the source's timeout. */
const CALLS = 3;

interface Asking {
  readonly question: MetricsQuestion;
  readonly findNames: FindNames | undefined;
}

/** One check of one release. */
interface Asked {
  readonly counters: Counters;
  /** Settles when `last` is the answer. */
  underWay?: Promise<void>;
  /** Absent before the first answer. */
  last?: CheckReading;
}

/**
 * Measures the checks of one Rollout that name a source. What they have counted is kept here, in memory: after a
 * restart counting begins anew, under another epoch, and only the tick in between is lost.
 */
export class SourceChecks {
  readonly #parts: SourceChecksParts;
  readonly #asked = new Map<string, Asked>();
  readonly #closing = new AbortController();

  constructor(parts: SourceChecksParts) {
    this.#parts = parts;
  }

  /**
   * A reading for every check that a source measures; one that cannot be measured says why. A source that is slow is
   * not waited for: it is asked on, what it said last stands meanwhile, and a check without an answer yet is left out.
   * `findNames`: in a cluster.
   */
  async read(
    question: MetricsQuestion,
    signal: AbortSignal,
    findNames?: FindNames,
  ): Promise<Readonly<Record<string, CheckReading>>> {
    const checks = question.checks.filter((check) => sourceOf(check) !== undefined);
    this.#forgetOthers(checks.map((check) => keyOf(check, question)));
    const asked = checks.map((check) => [check.name, this.#ask(check, { question, findNames })] as const);
    const answers = asked.flatMap(([, { underWay }]) => underWay ?? []);
    if (answers.length > 0) await this.#patiently(Promise.all(answers), signal);
    return Object.fromEntries(
      asked.flatMap(([name, { last }]) => (last === undefined ? [] : [[name, last]])),
    );
  }

  /** Asks nothing any more. */
  close(): void {
    this.#closing.abort();
  }

  async #patiently(answers: Promise<unknown>, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const waiting = AbortSignal.any([signal, over.signal, this.#closing.signal]);
    const patience = sleep(this.#parts.patienceMs ?? PATIENCE_MS, undefined, { signal: waiting });
    await Promise.race([answers, patience.catch(() => undefined)]);
    over.abort();
  }

  /** Asks unless an answer is still to come. */
  #ask(check: Check, asking: Asking): Asked {
    const { question } = asking;
    const key = keyOf(check, question);
    const asked: Asked = this.#asked.get(key) ?? { counters: new Counters(this.#parts.newEpoch()) };
    this.#asked.set(key, asked);
    asked.underWay ??= this.#reading(check, asking, asked.counters).then((reading) => {
      asked.last = reading;
      delete asked.underWay;
    });
    return asked;
  }

  async #reading(check: Check, { question, findNames }: Asking, counters: Counters): Promise<CheckReading> {
    const { sources, pool, scope } = this.#parts;
    const name = sourceOf(check);
    const settings = sources.find((one) => one.name === name);
    if (settings === undefined) return { kind: 'missing', reason: `there is no source ${name ?? ''}` };
    const longestMs = CALLS * settings.timeoutMs;
    const late = deadlineIn(longestMs);
    const signal = AbortSignal.any([late, this.#closing.signal]);
    try {
      const source = pool.source(settings);
      const wanted = namesWanted(check);
      const names = wanted.length === 0 ? undefined : await findNames?.(question, wanted, signal);
      return await readCheck({ check, source, counters, question, scope, names: names ?? {}, signal });
    } catch (cause) {
      const tooLate = `source ${settings.name}: it did not answer within ${formatDuration(longestMs)}`;
      return { kind: 'missing', reason: late.aborted ? tooLate : explanationOf(cause) };
    }
  }

  /** Of earlier releases and of checks that were edited. */
  #forgetOthers(keys: readonly string[]): void {
    for (const key of this.#asked.keys()) if (!keys.includes(key)) this.#asked.delete(key);
  }
}

function keyOf({ name, metric }: Check, question: MetricsQuestion): string {
  return JSON.stringify([name, metric, subjectsOf(question)]);
}
