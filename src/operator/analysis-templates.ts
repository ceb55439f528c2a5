import { Failure, messageOf } from '../base/failure.ts';
import type { KubeClient } from '../kube/client.ts';
import { Informer } from '../kube/informer.ts';
import type { KubeObject } from '../kube/object.ts';
import type { CheckTemplate } from '../rollout/check-templates.ts';
import { onAbort } from '../system/waiting.ts';
import type { Log } from '../telemetry/log.ts';
import { ANALYSIS_TEMPLATES, CLUSTER_ANALYSIS_TEMPLATES, type TemplateObject } from './objects.ts';

/** What templates are looked up in. */
export interface TemplatesOptions {
  readonly client: KubeClient;
  /** The one namespace that is looked after, from where nothing of the whole cluster is seen; absent: all. */
  readonly namespace?: string;
  readonly log: Log;
  /** Told of each that has changed. */
  readonly onChange: (template: KubeObject) => void;
}

/** Templates of analyses as they are now, watched once some Rollout names one. */
export class AnalysisTemplates {
  readonly #options: TemplatesOptions;
  readonly #ofNamespaces: Informer<TemplateObject, TemplateObject>;
  readonly #ofCluster: Informer<TemplateObject, TemplateObject> | undefined;
  #start: (() => void) | undefined;

  constructor(options: TemplatesOptions) {
    this.#options = options;
    this.#ofNamespaces = this.#watched(ANALYSIS_TEMPLATES);
    if (options.namespace === undefined) this.#ofCluster = this.#watched(CLUSTER_ANALYSIS_TEMPLATES);
  }

  /** Follows them, from when the first is asked for until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const isAsked = new Promise<void>((resolve) => {
      this.#start = resolve;
      onAbort(signal, resolve);
    });
    await isAsked;
    if (signal.aborted) return;
    await Promise.all([this.#ofNamespaces.run(signal), this.#ofCluster?.run(signal)]);
  }

  /** That of a namespace, or else the cluster's of the name. Throws Failure `unreachable` before all have been seen. */
  find(namespace: string, name: string): CheckTemplate | undefined {
    this.#start?.();
    if (!this.#ofNamespaces.hasSynced || this.#ofCluster?.hasSynced === false) {
      throw new Failure('unreachable', 'AnalysisTemplates have not been seen yet', {
        hint: 'It is looked again by itself.',
      });
    }
    return (this.#ofNamespaces.get({ namespace, name }) ?? this.#ofCluster?.get({ name }))?.spec;
  }

  #watched(of: typeof ANALYSIS_TEMPLATES): Informer<TemplateObject, TemplateObject> {
    const { client, namespace, log, onChange } = this.#options;
    return new Informer({
      ...{ client, of },
      keep: (object: TemplateObject) => object,
      selection: namespace === undefined ? {} : { namespace },
      onChange: ({ now, before }) => {
        const object = now ?? before;
        if (object !== undefined) onChange(object);
      },
      onTrouble: (cause) => {
        log.warn(`${of.plural} cannot be watched: ${messageOf(cause)}`);
      },
    });
  }
}
