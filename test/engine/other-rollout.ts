import type { EngineEvent } from '../../src/engine/decision.ts';
import type { Neighbour } from '../../src/engine/gates/neighbour.ts';
import type { Gate } from '../../src/rollout/model-outside.ts';
import type { RevisionId } from '../../src/rollout/model.ts';
import type { Happening } from './happening.ts';
import { Breach } from './invariant-checks.ts';

/** Its name, as gates know it. */
export const OTHER = 'other';

/** A Rollout that gates wait for: what it is now, and for how long it has truly been so. */
export class OtherRollout {
  #is: Extract<Happening, { kind: 'neighbour' }> = { kind: 'neighbour', is: 'none', same: false };
  #since = 0;
  /** At most so long: true time, and what the clock was put forward meanwhile. */
  #lastedMs = 0;

  become(next: Extract<Happening, { kind: 'neighbour' }>, now: number): void {
    const isKnown = next.is !== 'unknown';
    const isOther = next.is !== this.#is.is || next.same !== this.#is.same;
    this.#is = next;
    if (!isKnown || !isOther) return;
    this.#since = now;
    this.#lastedMs = 0;
  }

  pass(ms: number): void {
    this.#lastedMs += ms;
  }

  jump(byMs: number): void {
    this.#lastedMs += Math.max(0, byMs);
  }

  /** What is seen of it; undefined: it cannot be asked. */
  seen(): Readonly<Record<string, Neighbour | 'none'>> | undefined {
    const { is, same } = this.#is;
    if (is === 'unknown') return undefined;
    if (is === 'none') return { [OTHER]: 'none' };
    const stable = (same ? 'r1-5' : 'r1-other') as RevisionId;
    return { [OTHER]: { phase: is, since: this.#since, stable, isSameArtefact: same } };
  }

  /** Throws a Breach when a gate was passed that it does not open. */
  check(gates: readonly Gate[], events: readonly EngineEvent[]): void {
    for (const gate of gates) {
      const passed = `gate ${gate.name}: ${OTHER} `;
      const isPassed = events.some(
        ({ type, message }) => type === 'GatePassed' && message.startsWith(passed),
      );
      if (gate.kind !== 'rollout' || !isPassed) continue;
      if (this.#is.is !== gate.phase) throw new Breach(`gates: ${gate.name} was passed at ${this.#is.is}`);
      if (gate.same === 'artefact' && !this.#is.same)
        throw new Breach(`gates: ${gate.name} was passed with another artefact`);
      if (this.#lastedMs < (gate.forMs ?? 0))
        throw new Breach(`gates: ${gate.name} was passed after ${this.#lastedMs} ms`);
    }
  }
}
