import type { MetricsPort } from '../controller/ports.ts';
import { ifUnreachable, type GatewayClient } from '../gateway/client.ts';
import type { GatewayCounters } from '../gateway/protocol.ts';

/**
 * A Rollout's counters from our own gateway: a series for every revision on every track it serves now, zeros
 * included, and for those it served lately. Absent when the gateway does not answer.
 */
export function gatewayMetrics(client: GatewayClient, rollout: string): MetricsPort {
  return {
    read: async (signal) => {
      const read = client.counters(rollout, signal);
      const counters = await read.catch(ifUnreachable<GatewayCounters | undefined>(undefined));
      if (counters === undefined) return undefined;
      const series = counters.tracks.map(({ track, revision, requests, errors, latency }) => ({
        track,
        revision,
        counters: { requests, errors, latency },
      }));
      return { epoch: counters.epoch, at: counters.at, series };
    },
  };
}
