import { digestOf } from '../../base/canonical.ts';
import { messageOf } from '../../base/failure.ts';
import type { EventType } from '../../engine/decision.ts';
import { isApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { FIELD_MANAGER } from '../../kube/names.ts';
import type { Log } from '../../telemetry/log.ts';
import { EVENTS, referenceTo, type EventObject, type RolloutObject } from '../objects.ts';

/** What Kubernetes is told. */
export interface Telling {
  /** One word for programs. */
  readonly reason: string;
  readonly message: string;
  readonly isWarning: boolean;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
}

/** Events that ask for somebody's attention. */
const WARNINGS: readonly EventType[] = [
  'RollingBack',
  'RolledBack',
  'Aborted',
  'Failed',
  'HookFailed',
  'Dropped',
  'NotifyFailed',
];

/** True for an event that somebody should look into. */
export function isWarning(type: EventType): boolean {
  return WARNINGS.includes(type);
}

/** Makes Events of Kubernetes of what has happened. */
export class Teller {
  readonly #client: KubeClient;
  readonly #log: Log;

  constructor(client: KubeClient, log: Log) {
    this.#client = client;
    this.#log = log;
  }

  /** Tells once, however often it is called: what is the same has the same name. Nothing depends on whether it arrives. */
  async tell(of: RolloutObject, telling: Telling, signal: AbortSignal): Promise<void> {
    const fields = { rollout: `${of.metadata.namespace ?? ''}/${of.metadata.name}`, event: telling.reason };
    this.#log.info(telling.message, fields);
    try {
      await this.#client.create(EVENTS, eventOf(of, telling), signal);
    } catch (cause) {
      if (isApiError(cause, 'alreadyExists')) return;
      this.#log.warn(`an Event cannot be written: ${messageOf(cause)}`, fields);
    }
  }
}

/** No message of an Event may be longer. */
const LONGEST_MESSAGE = 1_000;

function eventOf(of: RolloutObject, { reason, message, isWarning: warns, at }: Telling): EventObject {
  const { name, namespace = 'default', uid = '' } = of.metadata;
  const time = new Date(at).toISOString();
  const id = digestOf({ uid, reason, message, at }).slice(0, 16);
  return {
    metadata: { name: `${name}.${id}`, namespace },
    involvedObject: referenceTo(of.metadata),
    type: warns ? 'Warning' : 'Normal',
    reason,
    message: message.slice(0, LONGEST_MESSAGE),
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    source: { component: FIELD_MANAGER },
    reportingComponent: FIELD_MANAGER,
  };
}
