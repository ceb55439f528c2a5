import type { StreamMessage } from '../../../src/client/index.ts';

/** A Rollout by its name, which in a cluster is one of its namespace. */
export interface Named {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** What no two Rollouts share. */
export function keyOf({ name, namespace }: Named): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The key of the Rollout that a message is about. */
export function keyIn(message: StreamMessage): string {
  if (message.kind === 'rollout') return keyOf(message.rollout);
  if (message.kind === 'event') return keyOf({ ...message.event, name: message.event.rollout });
  return keyOf(message);
}
