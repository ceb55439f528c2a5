import { existsSync } from 'node:fs';
import { Failure } from '../../base/failure.ts';
import { compilePlan } from '../../strategy/compile.ts';
import type { Analysis } from '../../rollout/model.ts';
import type { Cli } from '../cli.ts';
import { earlyWarnings } from '../early-promotion.ts';
import { filesFor, readDeclared, type Declared } from '../documents.ts';
import type { PlanView } from '../../api/resources.ts';
import { experimentOutlook, type UserOptions } from '../experiment-outlook.ts';
import { foresightOf, trafficFor, type TrafficOptions } from '../foresight.ts';
import { planLines, type ShownPlan } from '../output/plan.ts';
import { promiseWords } from '../../analysis/power/doubts.ts';
import { deliverable } from '../sending.ts';
import type { Session } from '../session.ts';

/** `plan [FILE…]` */
export function addPlan({ program, act }: Cli): void {
  program
    .command('plan')
    .argument(
      '[file...]',
      'files that declare Rollouts, in a cluster also names of those that are there; ./coalmine.yaml, or coalmine.ts, without one',
    )
    .description('show what a release would do, step by step, before anything moves')
    .option(
      '--traffic <rate>',
      'requests per second to foresee the analysis for; without it, what was seen lately',
    )
    .option('--error-rate <share>', 'the share of requests that fails, as in 0.1%')
    .option('--latency <p50,p99>', 'median and 99th percentile, as in 80ms,300ms')
    .option('--users <count>', 'new users a day, to foresee how long an experiment takes')
    .option('--converting <share>', 'the share of users that is counted today, as in 5%')
    .action(
      act(async (session, options: TrafficOptions & UserOptions, operands) => {
        const plans: ShownPlan[] = [];
        for await (const { declared, plan } of planned(session, operands))
          plans.push(foreseen(declared, plan, options));
        await session.print(plans, () =>
          plans.flatMap((plan, index) => [...(index === 0 ? [] : ['']), ...planLines(plan, session.paint)]),
        );
        return 0;
      }),
    );
}

type Planned = ShownPlan & Pick<PlanView, 'traffic'>;

interface DeclaredPlan {
  readonly declared: Pick<Declared, 'rollout'>;
  readonly plan: Planned;
}

/** The plans of what files declare, and then of the Rollouts of a cluster that are named. */
async function* planned(session: Session, operands: readonly string[]): AsyncGenerator<DeclaredPlan> {
  const names = session.isOfCluster ? operands.filter((one) => isName(session, one)) : [];
  const files = operands.filter((one) => !names.includes(one));
  const isNamed = names.length > 0 && files.length === 0;
  const all = isNamed ? [] : await readDeclared(session, await filesFor(session, files));
  for (const declared of all) yield { declared, plan: await planOf(session, declared) };
  for (const name of names) {
    const cluster = await session.cluster();
    const declared = await cluster.declared(name);
    yield { declared, plan: await cluster.plan(declared.document) };
  }
}

/** True for what can only be the name of a Rollout: no file is called so. */
function isName(session: Session, operand: string): boolean {
  return /^[a-z0-9-]+$/.test(operand) && !existsSync(session.path(operand));
}

const HINT =
  'no traffic was seen lately: to foresee what the analysis will see, add --traffic 200 --error-rate 0.1% --latency 80ms,300ms';

/** With what the analysis can promise, and with what it would see. */
function foreseen(
  { rollout }: DeclaredPlan['declared'],
  plan: Planned,
  options: TrafficOptions & UserOptions,
): ShownPlan {
  const { traffic, ...shown } = plan;
  const usual = trafficFor(options, traffic);
  const foresight = foresightOf(rollout, plan.plan, usual);
  const experiment = experimentOutlook(plan.plan, options, usual);
  const { analysis } = rollout;
  const warnings = earlyWarnings(rollout, plan.plan);
  const notes = usual === undefined && analysis !== undefined ? [...plan.plan.notes, HINT] : plan.plan.notes;
  return {
    ...shown,
    plan: { ...plan.plan, notes },
    ...(analysis === undefined ? {} : { promise: promiseWords(analysis), ...countersOf(analysis) }),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(foresight === undefined ? {} : { foresight }),
    ...(experiment === undefined ? {} : { experiment }),
  };
}

/** The templates of the router, so that whoever wants it otherwise has something to begin with. */
function countersOf({ checks }: Analysis): Pick<ShownPlan, 'counters'> {
  const counters = checks.flatMap(({ name, metric }) => {
    if (metric.kind === 'errors' && metric.from !== undefined) {
      const { source, bad, all } = metric.from;
      return [`${name} from ${source}: ${bad} of ${all}`];
    }
    if (metric.kind !== 'latency' || metric.from === undefined) return [];
    return [`${name} from ${metric.from.source}: ${metric.from.query}`];
  });
  return counters.length === 0 ? {} : { counters };
}

/** From the Deployment in the cluster; else from the running coalmine, which knows what serves; computed here when there is none. */
async function planOf(session: Session, declared: Declared): Promise<Planned> {
  if (session.isOfCluster) return (await session.cluster()).plan(declared.document);
  const client = await session.client();
  try {
    return await client.plan(await deliverable(session, client, declared));
  } catch (thrown) {
    if (session.isRemote || !(thrown instanceof Failure) || thrown.code !== 'unreachable') throw thrown;
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
