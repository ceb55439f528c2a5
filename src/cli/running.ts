// What only the process that runs everything needs; it takes a while to load.
export { runUp } from '../embedded/up.ts';
export { createLog } from '../telemetry/log.ts';
export { tellReady } from '../system/readiness.ts';
export { collectorOf } from '../tracing/collector.ts';
