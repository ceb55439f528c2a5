import type { ControllerOptions } from '../controller/controller.ts';
import { ReleaseMetrics } from '../controller/release-metrics.ts';
import type { Log } from '../telemetry/log.ts';
import type { Family } from '../telemetry/metrics.ts';
import type { Collector } from './collector.ts';
import { SpanExporter } from './exporter.ts';
import { ReleaseTraces } from './release-traces.ts';

/** What is told of a controller to those who look after coalmine itself. */
export interface Observer {
  /** The same options of a controller, which is watched from now on. */
  readonly watching: (options: ControllerOptions) => ControllerOptions;
  readonly families: () => readonly Family[];
  /** Tells what has not been told yet, for as long as may be waited for that. */
  readonly close: () => Promise<void>;
}

/** Metrics, and traces where somebody collects them. */
export function observer(collector: Collector | undefined, log: Log): Observer {
  const metrics = new ReleaseMetrics(Date.now);
  if (collector === undefined) {
    return {
      watching: (options) => metrics.watching(options),
      families: () => metrics.families(),
      close: () => Promise.resolve(),
    };
  }
  const exporter = new SpanExporter({ collector, log });
  const traces = new ReleaseTraces(exporter);
  return {
    watching: (options) => traces.watching(metrics.watching(options)),
    families: () => [...metrics.families(), ...exporter.families()],
    close: () => exporter.close(),
  };
}
