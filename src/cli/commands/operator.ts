import { Failure } from '../../base/failure.ts';
import type { Cli } from '../cli.ts';
import { portOption } from '../option-values.ts';
import type { Session } from '../session.ts';

interface OperatorFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly watch?: string;
  readonly leaderElect: boolean;
  readonly healthPort: number;
  readonly webhookPort?: number;
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
    .action(act<OperatorFlags>(operate));
}

async function operate(session: Session, flags: OperatorFlags): Promise<number> {
  session.refuseRemote();
  const { createLog, inClusterAccess, loadKubeconfig, runOperator } = await import('../operating.ts');
  const { kubeconfig, context, watch } = flags;
  const isNamed = kubeconfig !== undefined || context !== undefined;
  const pod = isNamed ? undefined : await inClusterAccess();
  const access =
    pod ??
    (await loadKubeconfig({
      ...(kubeconfig === undefined ? {} : { path: kubeconfig }),
      ...(context === undefined ? {} : { context }),
    }));
  const { interrupted, env } = session.io;
  await runOperator({
    access,
    namespace: flags.namespace ?? env['POD_NAMESPACE'] ?? access.namespace,
    ...(watch === undefined ? {} : { watched: watch }),
    elects: flags.leaderElect,
    // In a cluster the kubelet asks from outside the pod; elsewhere nobody but this machine has to know.
    health: { host: pod === undefined ? '127.0.0.1' : '0.0.0.0', port: flags.healthPort },
    webhookPort: flags.webhookPort,
    log: await createLog({ level: 'info', destination: 2 }),
    signal: interrupted,
  }).catch((cause: unknown) => {
    if (interrupted.aborted && !(cause instanceof Failure)) return;
    throw cause;
  });
  return 0;
}
