import type { Observation } from '../engine/observation.ts';
import type { Wanted } from '../engine/wanted.ts';
import type { Ports } from './ports.ts';

/** No port may keep a look waiting longer than this, in milliseconds. */
export const PORT_TIMEOUT_MS = 5_000;

/** Told what could not be asked; the look goes on without it. */
export type OnTrouble = (what: string, cause: unknown) => void;

/** Asks every port at once what is true. What fails or hangs is absent from the answer. */
export async function observe(
  ports: Ports,
  wanted: Wanted | undefined,
  onTrouble: OnTrouble,
): Promise<Observation> {
  const signal = AbortSignal.timeout(PORT_TIMEOUT_MS);
  const ask = async <T>(what: string, question: Promise<T> | undefined): Promise<T | undefined> => {
    try {
      return await question;
    } catch (cause) {
      onTrouble(what, cause);
      return undefined;
    }
  };
  const [groups, route, reading] = await Promise.all([
    ask('the workload cannot be observed', ports.workload.observe(signal)),
    ask('the route cannot be read', ports.router?.read(signal)),
    ask('the metrics cannot be read', ports.metrics?.read(signal)),
  ]);
  return {
    ...(wanted === undefined ? {} : { wanted }),
    ...(groups === undefined ? {} : { groups }),
    ...(route === undefined ? {} : { route }),
    ...(reading === undefined ? {} : { reading }),
  };
}
