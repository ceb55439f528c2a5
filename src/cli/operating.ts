export { inClusterAccess } from '../kube/in-cluster.ts';
export { loadKubeconfig } from '../kube/kubeconfig.ts';
export { runOperator } from '../operator/run.ts';
export { createLog } from '../telemetry/log.ts';
export { collectorOf } from '../tracing/collector.ts';
