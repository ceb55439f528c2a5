import type { Cli } from '../cli.ts';
import { deploymentIn } from '../deployment-name.ts';
import { operand } from '../option-values.ts';
import { adoptionLines } from '../output/adoption.ts';

interface AdoptOptions {
  readonly service?: string;
  readonly apply?: boolean;
}

/** `adopt deployment/NAME` */
export function addAdopt({ program, act }: Cli): void {
  program
    .command('adopt')
    .argument('<deployment>', 'a Deployment of a cluster, as deployment/NAME')
    .description('write a Rollout for a Deployment that runs, after what there is around it')
    .option('--service <name>', 'by which Service its users come, where several select its pods')
    .option('--apply', 'make the Rollout in the cluster, in place of printing it')
    .action(
      act<AdoptOptions>(async (session, { service, apply }, operands) => {
        const cluster = await session.cluster();
        const named = operand(operands);
        const deployment = named.includes('/') ? deploymentIn(named) : named;
        const proposal = await cluster.proposal({
          deployment,
          ...(service === undefined ? {} : { service }),
        });
        const { document } = proposal;
        if (apply !== true) {
          const { stringify } = await import('yaml');
          await session.print(document, () => [
            ...adoptionLines(proposal).map((line) => `# ${line}`.trimEnd()),
            ...stringify(document).trimEnd().split('\n'),
          ]);
          return 0;
        }
        await cluster.adopt(proposal);
        const { name } = proposal.plan;
        await session.print(document, () => [
          ...adoptionLines(proposal),
          `the Rollout ${name} was made; see it with "coalmine -n ${cluster.namespace} get ${name}"`,
        ]);
        return 0;
      }),
    );
}
