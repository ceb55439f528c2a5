import type { Desired } from '../../src/engine/decision.ts';
import type { Delivery, Notice } from '../../src/engine/notices.ts';
import { Breach } from './invariant-checks.ts';

/** Who hears what becomes of releases: each one notice at a time, as the real notifier tells them. */
export class Listeners {
  /** What becomes of a notice that is sent; undefined: it is on its way still. */
  answer: (notice: Notice) => Delivery | undefined = () => ({ kind: 'taken' });
  /** Everything that was sent, in its order, again too. */
  readonly sent: Notice[] = [];
  #underWay: readonly Notice[] = [];
  #wanted: readonly string[] = [];
  readonly #over = new Set<string>();

  /** What is not wanted any more is over for good, once that is saved. */
  saved({ notices = [] }: Desired): void {
    const wanted = notices.map(({ key }) => key);
    const again = wanted.find((key) => this.#over.has(key));
    if (again !== undefined) throw new Breach(`6: ${again} was over and is told again`);
    if (new Set(wanted).size < wanted.length) throw new Breach('6: two notices have one key');
    for (const key of this.#wanted) if (!wanted.includes(key)) this.#over.add(key);
    this.#wanted = wanted;
  }

  apply({ notices = [] }: Desired): void {
    const heads = notices.filter((one, i) => notices.findIndex(({ to }) => to === one.to) === i);
    const known = this.#underWay.map(({ key }) => key);
    this.sent.push(...heads.filter(({ key }) => !known.includes(key)));
    this.#underWay = heads;
  }

  /** Whoever has sent them is gone, and does not know what became of them. */
  crash(): void {
    this.#underWay = [];
  }

  deliveries(): Readonly<Record<string, Delivery>> {
    const deliveries = this.#underWay.map((notice) => [notice.key, this.answer(notice)] as const);
    return Object.fromEntries(deliveries.flatMap(([key, said]) => (said === undefined ? [] : [[key, said]])));
  }
}
