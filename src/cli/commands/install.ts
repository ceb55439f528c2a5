import { InvalidArgumentError, Option, type Command } from 'commander';
import type { InstallSettings, OptionalPart } from '../../operator/install/settings.ts';
import type { Cli } from '../cli.ts';
import { apiHostOption, clusterNameOption, countOption, durationOption } from '../option-values.ts';

/** How the cluster is reached. */
export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Where the operator runs; `coalmine-system` without it. */
  readonly namespace?: string;
  readonly namespaced?: boolean;
}

/** The options of `install`. */
export interface InstallOptions extends ClusterOptions, Pick<InstallSettings, 'hold' | 'replicas'> {
  readonly enable: readonly OptionalPart[];
  readonly api?: boolean;
  readonly apiHost?: readonly string[];
  readonly clusterName?: string;
  readonly image?: string;
  readonly print?: boolean;
  readonly dryRun?: boolean;
}

/** The options of `uninstall`. */
export interface UninstallOptions extends ClusterOptions {
  readonly withRollouts?: boolean;
  readonly timeout: number;
  readonly dryRun?: boolean;
}

const PARTS: readonly OptionalPart[] = ['gatewayAPI', 'istio', 'nginxIngress', 'jobs'];

/** `install`, `uninstall` */
export function addInstall({ program, act }: Cli): void {
  onCluster(program.command('install'))
    .description(
      'install the operator and its kinds in a Kubernetes cluster, in --namespace or coalmine-system',
    )
    .option(
      '--enable <parts>',
      `what else it may steer, and whether it may make Jobs of hooks: ${PARTS.join(', ')}`,
      partsOption,
      [],
    )
    .addOption(
      new Option('--hold <how>', 'whether Deployments may be held by a webhook, or are always paused')
        .choices(['webhook', 'always'])
        .default('always'),
    )
    .option('--api', 'serve its API in the cluster, to accounts of the cluster, as the Service coalmine-api')
    .addOption(apiHostOption())
    .addOption(clusterNameOption())
    .option('--image <reference>', 'the image to run (default: coalmine, in the version of this command)')
    .option('--replicas <count>', 'how many operators run; one leads, the others stand by', countOption, 1)
    .option('--print', 'print what would be applied, as YAML, and ask no cluster')
    .option('--dry-run', 'only say what would change')
    .action(
      act<InstallOptions>(async (session, options) => {
        const { install } = await import('../install/install.ts');
        return install(session, options);
      }),
    );
  addUninstall({ program, act });
}

function addUninstall({ program, act }: Cli): void {
  onCluster(program.command('uninstall'))
    .description(
      'remove the operator and its kinds from a Kubernetes cluster, once it has let go of all Deployments',
    )
    .option('--with-rollouts', 'delete all Rollouts first; their Deployments stay, with the stable version')
    .addOption(
      new Option('--timeout <duration>', 'how long the operator may take to let go of them')
        .argParser(durationOption)
        .default(600_000, '10m'),
    )
    .option('--dry-run', 'only say what would be removed')
    .action(
      act<UninstallOptions>(async (session, options) => {
        const { uninstall } = await import('../install/uninstall.ts');
        return uninstall(session, options);
      }),
    );
}

function onCluster(command: Command): Command {
  return command.option(
    '--namespaced',
    'it looks after its own namespace only, and may do nothing elsewhere',
  );
}

function partsOption(text: string, earlier: readonly OptionalPart[]): readonly OptionalPart[] {
  const named = text.split(',').map((word) => {
    const part = PARTS.find((one) => one === word.trim());
    if (part === undefined) throw new InvalidArgumentError(`Known are ${PARTS.join(', ')}.`);
    return part;
  });
  return [...new Set([...earlier, ...named])];
}
