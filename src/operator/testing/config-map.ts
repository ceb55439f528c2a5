import { ApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { Config } from '../../workloads/deployment/objects.ts';

/** One ConfigMap, as an API server keeps it: who writes over what he has not seen meets a conflict. */
export class ConfigMapInMemory {
  value: Config | undefined;
  /** How often it was asked for. */
  reads = 0;

  /** What asks for it, whatever it is called. */
  get client(): Pick<KubeClient, 'get' | 'create' | 'replace'> {
    return {
      get: (() => {
        this.reads += 1;
        return Promise.resolve(this.value);
      }) as unknown as KubeClient['get'],
      create: ((_: unknown, object: Config) => this.#write(undefined, object)) as KubeClient['create'],
      replace: (_: unknown, object: Config) => this.#write(object.metadata.resourceVersion, object),
    };
  }

  #write(over: string | undefined, object: Config): Promise<never> {
    const version = this.value?.metadata.resourceVersion;
    if (version !== over)
      return Promise.reject(
        new ApiError(over === undefined ? 'alreadyExists' : 'conflict', 'another was faster'),
      );
    const resourceVersion = String(Number(version ?? 0) + 1);
    this.value = { ...object, metadata: { ...object.metadata, resourceVersion } };
    return Promise.resolve(this.value as never);
  }
}
