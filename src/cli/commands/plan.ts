import { Failure } from '../../base/failure.ts';
import { compilePlan } from '../../strategy/compile.ts';
import type { Cli } from '../cli.ts';
import { filesFor, readDeclared, type Declared } from '../documents.ts';
import { planLines, type ShownPlan } from '../output/plan.ts';
import type { Session } from '../session.ts';

/** `plan [FILE…]` */
export function addPlan({ program, act }: Cli): void {
  program
    .command('plan')
    .argument('[file...]', 'files that declare Rollouts; ./coalmine.yaml without one')
    .description('show what a release would do, step by step, before anything moves')
    .action(
      act(async (session, _, files) => {
        const declared = await readDeclared(filesFor(session, files));
        const plans: ShownPlan[] = [];
        for (const one of declared) plans.push(await planOf(session, one));
        await session.print(plans, () =>
          plans.flatMap((plan, index) => [...(index === 0 ? [] : ['']), ...planLines(plan, session.paint)]),
        );
        return 0;
      }),
    );
}

/** From the running coalmine, which knows what serves; computed here when there is none. */
async function planOf(session: Session, declared: Declared): Promise<ShownPlan> {
  const client = await session.client();
  try {
    return await client.plan(declared.document);
  } catch (thrown) {
    if (!(thrown instanceof Failure) || thrown.code !== 'unreachable') throw thrown;
    return localPlan(declared);
  }
}

function localPlan({ rollout }: Declared): ShownPlan {
  const { steps, notes } = compilePlan(rollout, { hasStable: true, direct: false });
  const note = 'coalmine is not running here: this is how any release but the first would go';
  return {
    name: rollout.name,
    plan: { steps, notes: [...notes, note] },
    unchanged: false,
    replicas: rollout.workload.replicas,
  };
}
