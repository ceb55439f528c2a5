import type { KayentaRecord } from './kayenta-record.ts';
import type { SecondCounts } from '../telemetry/service.ts';
import type { Scrapes } from '../telemetry/scrapes.ts';
import type { TickFeeds } from '../telemetry/ticks.ts';

/** How a tool ended a release, and at which second from its start. */
export interface Decision {
  readonly kind: 'stopped' | 'promoted';
  readonly at: number;
}

/** A tool at work on one release. A decision is final: the tool is not asked again. */
export interface Decider {
  /** What happened in `second`; `scrapes` is given when a scrape was taken at its end. */
  see(second: number, counts: SecondCounts, scrapes: Scrapes | undefined): Decision | undefined;
}

/** A tool with its settings: makes a decider for each release. */
export interface Tool {
  /** As the tables name it. */
  readonly name: string;
  readonly family: Family;
  /** What its settings are, for the reader. */
  readonly settings: string;
  /** True: to save computing time it sees only a part of the good releases. */
  readonly isSampled?: boolean;
  /** `watch` is shown the evidence, by a tool that weighs some. */
  start(run: RunContext, watch?: (second: number, logE: number) => void): Decider;
}

/** What the deciders of one release share. */
export interface RunContext {
  readonly ticks: TickFeeds;
  /** The second at which a fault begins; absent: none does. Only to save computing time, never to decide. */
  readonly faultFrom?: number;
  readonly kayenta: KayentaRecord;
}

/** Whose tool it is. */
export type Family = 'coalmine' | 'flagger' | 'argo' | 'kayenta';

/** A decider that only works with scrapes, `atSecond` being the time that has passed. */
export function scrapingDecider(
  look: (scrapes: Scrapes, atSecond: number) => Decision['kind'] | undefined,
): Decider {
  return {
    see(second, _counts, scrapes) {
      const kind = scrapes === undefined ? undefined : look(scrapes, second + 1);
      return kind === undefined ? undefined : { kind, at: second + 1 };
    },
  };
}
