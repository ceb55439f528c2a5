import type { TrackCounters } from '../analysis/measurement.ts';
import type { MetricsPort } from '../controller/ports.ts';
import type { Reading, Series } from '../engine/status.ts';
import { ifUnreachable, type GatewayClient } from '../gateway/client.ts';
import type { GatewayCounters, ServedCounters } from '../gateway/protocol.ts';

/**
 * A Rollout's counters from our own gateway: a series for every revision on every track it serves now, zeros
 * included, and for those it served lately; and the halves of the stable one while the route divides it. Absent when
 * the gateway does not answer; a gateway of an earlier version leaves out what it does not count. `onCounters` is told
 * of all of it, also of what is no evidence: what old systems have served.
 */
export function gatewayMetrics(
  client: GatewayClient,
  rollout: string,
  onCounters: (counters: GatewayCounters) => void = () => undefined,
): MetricsPort {
  return {
    read: async (_question, signal) => {
      const read = client.counters(rollout, signal);
      const counters = await read.catch(ifUnreachable<GatewayCounters | undefined>(undefined));
      if (counters === undefined) return undefined;
      onCounters(counters);
      return readingOf(counters);
    },
  };
}

function readingOf({ epoch, at, tracks }: GatewayCounters): Reading {
  const series = tracks.map((served) => ({
    track: served.track,
    revision: served.revision,
    counters: countersOf(served),
    ...copiesOf(served),
    ...(served.met === undefined ? {} : { met: served.met }),
    ...(served.matched === undefined ? {} : { matched: countersOf(served.matched) }),
  }));
  const differences = tracks.find(({ current, copies }) => current && copies?.compared !== undefined)?.copies
    ?.compared?.differences;
  return {
    epoch,
    at,
    series,
    ...halvesOf(tracks),
    ...(differences === undefined ? {} : { differences }),
  };
}

function copiesOf({ copies }: ServedCounters): Pick<Series, 'originals' | 'compared'> {
  if (copies === undefined) return {};
  const { originals, compared } = copies;
  return {
    originals: countersOf(originals),
    ...(compared === undefined ? {} : { compared: { copies: compared.copies, repeats: compared.repeats } }),
  };
}

/** Nothing but what is judged: readings are kept. */
function countersOf({ requests, errors, latency, users, assigned }: TrackCounters): TrackCounters {
  return {
    requests,
    errors,
    latency,
    ...(users === undefined ? {} : { users }),
    ...(assigned === undefined ? {} : { assigned }),
  };
}

function halvesOf(tracks: readonly ServedCounters[]): Pick<Reading, 'halves'> {
  const divided = tracks.find(({ track, current }) => track === 'stable' && current)?.halves;
  if (divided === undefined) return {};
  return { halves: { run: divided.salt, a: countersOf(divided.a), b: countersOf(divided.b) } };
}
