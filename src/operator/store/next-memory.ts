import { isSameJson } from '../../base/same-json.ts';
import type { Consequences, RolloutRecord } from '../../controller/ports.ts';
import { keyText } from '../../kube/object.ts';
import type { Entry } from './entry.ts';
import type { Memory } from './memory.ts';
import { ratesAfter } from './rates.ts';
import { withTold } from './told.ts';

/** A record that is to be saved, with what comes of it. */
interface Saving {
  readonly record: RolloutRecord;
  readonly consequences: Consequences;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  /** The highest id that any event has yet. */
  readonly newest: number;
}

/** What is remembered of a Rollout from a save on. */
export function nextMemory(entry: Entry, { record, consequences, at, newest }: Saving): Memory {
  const { memory } = entry;
  const { events = [] } = consequences;
  return {
    version: record.version + 1,
    status: record.status,
    ...wantedOf(entry, record),
    ...templatedOf(entry, record.status),
    ...specOf(entry, record.status),
    ...routedOf(entry),
    ...ratesAfter(memory?.rates, record, consequences.counted),
    told: withTold(memory?.told ?? [], { events, at, rollout: keyText(record.rollout), newest }),
  };
}

/** Who wants something else than the Deployment asks for wants it for as long as that asks for the same. */
function wantedOf({ memory, asked }: Entry, { wanted }: RolloutRecord): Pick<Memory, 'override' | 'wanted'> {
  const isOverride = wanted !== undefined && asked !== undefined && !isSameJson(wanted, asked.wanted);
  const override = isOverride ? { ...wanted, insteadOf: asked.template } : memory?.override;
  return {
    ...(override === undefined ? {} : { override }),
    ...(wanted === undefined ? {} : { wanted: wanted.revision }),
  };
}

/** A release keeps the checks of the templates that it began with: what the look that begins it was made with. */
function templatedOf({ resolved, memory }: Entry, { release }: Memory['status']): Pick<Memory, 'templated'> {
  if (release === undefined) return {};
  const isNew = memory?.status.release?.number !== release.number;
  const templated = isNew ? resolved?.templated : memory.templated;
  return templated === undefined || templated.length === 0 ? {} : { templated };
}

/** A release that runs keeps what counts of what is declared. */
function specOf({ resolved }: Entry, { release }: Memory['status']): Pick<Memory, 'spec'> {
  return release === undefined || resolved === undefined ? {} : { spec: resolved.spec };
}

/** What is steered first is what was declared first; from then on it is noted when that changes. */
function routedOf({ memory, resolved }: Entry): Pick<Memory, 'routed'> {
  const routed = memory?.routed ?? resolved?.routed;
  return routed === undefined ? {} : { routed };
}
