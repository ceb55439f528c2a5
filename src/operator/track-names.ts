import type { MetricsQuestion } from '../controller/ports.ts';
import type { FindNames, NamesOfArms } from '../metrics/checks/targets.ts';
import { serviceOf } from '../traffic/cluster/services.ts';
import type { ClusterRouter } from '../traffic/cluster/router.ts';
import type { SetKey } from '../workloads/deployment/world.ts';
import type { Adoption } from './facts.ts';

/** Finds out what the pods and the Services of both tracks are called, from what runs and routes them. */
export function findNames(
  workload: Pick<Adoption, 'podNamesOf'>,
  router: Pick<ClusterRouter, 'dividedService'> | undefined,
): FindNames {
  return async (question, wanted, signal) => {
    const [pods, services] = await Promise.all([
      wanted.includes('pods') ? podsOf(workload, question, signal) : NOT_ASKED,
      wanted.includes('service') ? servicesOf(router, question, signal) : NOT_ASKED,
    ]);
    return {
      candidate: { ...pods.candidate, ...services.candidate },
      control: { ...pods.control, ...services.control },
    };
  };
}

const NOT_ASKED: NamesOfArms = {};

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
