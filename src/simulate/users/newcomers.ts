import { experimentPointOf, hashOf } from '../../gateway/routing/assign.ts';
import type { Random } from '../random.ts';
import type { Habits } from '../scenario/circumstances.ts';

/** Somebody who comes for the first time in an experiment. */
export interface Newcomer {
  /** Where the gateway finds him among the shares of the variants: the same for ever in one experiment. */
  readonly point: number;
  /** Of his id, by which the gateway knows him again. */
  readonly hash: number;
  /** What he would do whatever he gets: below the share of those who do something, he does it too. */
  readonly mood: number;
}

/** What newcomers are made of. */
export interface NewcomersParts {
  readonly rollout: string;
  readonly habits: Habits;
  readonly random: Random;
}

/** Users as an experiment meets them, each once: who has come stays where he is, and is not met again. */
export class Newcomers {
  readonly #parts: NewcomersParts;
  /** Users of other seeds are others. */
  #salt: string | undefined;
  /** Experiments are told apart, and so are gateways that have counted nobody yet. */
  #experiment = '';
  #met = 0;
  /** Where there are always others, nobody comes in two experiments. */
  #first = 0;

  constructor(parts: NewcomersParts) {
    this.#parts = parts;
  }

  /** How many come for the first time while so many requests are sent. */
  among(requests: number, experiment: string): number {
    const { habits, random } = this.#parts;
    if (experiment !== this.#experiment) this.#begin(experiment);
    const visits = random.binomial(requests, 1 / habits.requestsEach);
    const { count } = habits;
    if (count === undefined) return visits;
    return random.binomial(count - this.#met, 1 - Math.exp(-visits / count));
  }

  /** The next one. `id` is that of the experiment. */
  next(id: string): Newcomer {
    this.#salt ??= Math.floor(this.#parts.random.fraction() * 2 ** 32).toString(36);
    const user = `${this.#salt}-${this.#first + this.#met}`;
    this.#met += 1;
    return {
      point: experimentPointOf(this.#parts.rollout, id, user),
      hash: hashOf(user),
      mood: hashOf(user, 'mood') / 2 ** 32,
    };
  }

  #begin(experiment: string): void {
    if (this.#parts.habits.count === undefined) this.#first += this.#met;
    this.#experiment = experiment;
    this.#met = 0;
  }
}

/**
 * The share of the users who meet with something that happens to this share of the requests; how many requests a user
 * sends follows a geometric distribution.
 */
export function touchedShare(ofRequests: number, { requestsEach }: Habits): number {
  const last = 1 / requestsEach;
  const spared = 1 - ofRequests;
  return 1 - (last * spared) / (1 - (1 - last) * spared);
}
