import type { MetricsQuestion } from '../../controller/ports.ts';
import type { FindNames, NamesOfArms } from '../../metrics/checks/targets.ts';
import { serviceOf } from '../../traffic/cluster/services.ts';
import type { ClusterRouter } from '../../traffic/cluster/router.ts';
import type { SetKey } from '../../workloads/deployment/world.ts';
import type { Adoption } from '../facts.ts';

/**
 * Finds out what the pods and the Services of both tracks are called, from what runs and routes them: once for all checks
 * of a question.
 */
export function findNames(
  workload: Pick<Adoption, 'podNamesOf'>,
  router: Pick<ClusterRouter, 'dividedService'> | undefined,
): FindNames {
  const pods = oncePerQuestion((question, signal) => podsOf(workload, question, signal));
  const services = oncePerQuestion((question, signal) => servicesOf(router, question, signal));
  return async (question, wanted, signal) => {
    const [podNames, serviceNames] = await Promise.all([
      wanted.includes('pods') ? pods(question, signal) : NOT_ASKED,
      wanted.includes('service') ? services(question, signal) : NOT_ASKED,
    ]);
    return {
      candidate: { ...podNames.candidate, ...serviceNames.candidate },
      control: { ...podNames.control, ...serviceNames.control },
    };
  };
}

const NOT_ASKED: NamesOfArms = {};

type Find = (question: MetricsQuestion, signal: AbortSignal) => Promise<NamesOfArms>;

function oncePerQuestion(find: Find): Find {
  const answers = new WeakMap<MetricsQuestion, Promise<NamesOfArms>>();
  return (question, signal) => {
    const known = answers.get(question);
    if (known !== undefined) return known;
    const answer = find(question, signal);
    answers.set(question, answer);
    return answer;
  };
}

async function podsOf(
  workload: Pick<Adoption, 'podNamesOf'>,
  { candidate, control, controlTrack }: MetricsQuestion,
  signal: AbortSignal,
): Promise<NamesOfArms> {
  const named = async (key: SetKey | undefined) => {
    const pods = key && (await workload.podNamesOf(key, signal));
    return pods === undefined ? {} : { pods };
  };
  const copy = controlTrack === 'baseline' ? { copy: controlTrack } : {};
  return {
    candidate: await named(candidate === undefined ? undefined : { revision: candidate }),
    control: await named(control === undefined ? undefined : { revision: control, ...copy }),
  };
}

async function servicesOf(
  router: Pick<ClusterRouter, 'dividedService'> | undefined,
  { controlTrack = 'stable' }: MetricsQuestion,
  signal: AbortSignal,
): Promise<NamesOfArms> {
  if (router === undefined) return {};
  const service = await router.dividedService(signal);
  return {
    candidate: { service: serviceOf(service, 'canary') },
    control: { service: serviceOf(service, controlTrack) },
  };
}
