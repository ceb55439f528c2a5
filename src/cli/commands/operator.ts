import { Failure } from '../../base/failure.ts';
import type { Cli } from '../cli.ts';
import { apiHostOption, clusterNameOption, otlpOption, portOption } from '../option-values.ts';
import type { Session } from '../session.ts';

interface OperatorFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly watch?: string;
  readonly leaderElect: boolean;
  readonly healthPort: number;
  readonly webhookPort?: number;
  readonly apiPort?: number;
  readonly apiHost?: readonly string[];
  readonly clusterName?: string;
  readonly otlpEndpoint?: string;
}

/** `operator` */
export function addOperator({ program, act }: Cli): void {
  program
    .command('operator')
    .description(
      'look after the Rollouts of a Kubernetes cluster, until it is told to end; its lease is in --namespace, or $POD_NAMESPACE',
    )
    .option('--watch <namespace>', 'look after this namespace only; after all without it')
    .option('--no-leader-elect', 'do not wait for another operator to end')
    .option(
      '--health-port <port>',
      'port for /healthz, /readyz and /metrics; 0 for any that is free',
      portOption,
      8080,
    )
    .option('--webhook-port <port>', 'port for the webhook of `coalmine install --hold webhook`', portOption)
    .option(
      '--api-port <port>',
      'port for its API: over TLS in a cluster, for this machine alone elsewhere',
      portOption,
    )
    .addOption(apiHostOption())
    .addOption(clusterNameOption())
    .addOption(otlpOption())
    .action(act<OperatorFlags>(operate));
}

async function operate(session: Session, flags: OperatorFlags): Promise<number> {
  session.refuseRemote();
  const { collectorOf, createLog, inClusterAccess, loadKubeconfig, runOperator } =
    await import('../operating.ts');
  const { kubeconfig, context, watch } = flags;
  const isNamed = kubeconfig !== undefined || context !== undefined;
  const pod = isNamed ? undefined : await inClusterAccess();
  const named = {
    ...(kubeconfig === undefined ? {} : { path: kubeconfig }),
    ...(context === undefined ? {} : { context }),
  };
  const access = pod ?? (await loadKubeconfig(named));
  const { interrupted, env } = session.io;
  // In a cluster others ask from outside the pod; elsewhere nobody but this machine has to know.
  const host = pod === undefined ? '127.0.0.1' : '0.0.0.0';
  const collector = collectorOf({ endpoint: flags.otlpEndpoint, env });
  await runOperator({
    access,
    namespace: flags.namespace ?? env['POD_NAMESPACE'] ?? access.namespace,
    ...(watch === undefined ? {} : { watched: watch }),
    elects: flags.leaderElect,
    health: { host, port: flags.healthPort },
    api: apiAddress(host, flags.apiPort),
    hosts: flags.apiHost,
    cluster: flags.clusterName,
    webhookPort: flags.webhookPort,
    collector,
    log: await createLog({ level: 'info', destination: 2 }),
    signal: interrupted,
  }).catch((cause: unknown) => {
    if (interrupted.aborted && !(cause instanceof Failure)) return;
    throw cause;
  });
  return 0;
}

/** Only what no other machine can reach is served without TLS. */
function apiAddress(host: string, port: number | undefined) {
  return port === undefined ? undefined : { host, port, isSecure: host !== '127.0.0.1' };
}
