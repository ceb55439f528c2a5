import type { StreamMessage } from './resources.ts';

/** The Rollout that a message is about. */
export function rolloutOf(message: StreamMessage): string {
  switch (message.kind) {
    case 'rollout':
      return message.rollout.name;
    case 'deleted':
    case 'progress':
      return message.name;
    case 'event':
      return message.event.rollout;
  }
}
