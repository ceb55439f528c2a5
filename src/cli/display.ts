import type { StreamMessage } from '../api/resources.ts';
import type { Client } from '../client/client.ts';
import { Changes } from './changes.ts';
import { eventLine } from './output/rollout.ts';
import { LiveScreen, type Shown } from './screen/live-screen.ts';
import type { Session } from './session.ts';

/** Shows a stream to whoever reads: a screen for people, a line per change for pipes, JSON for programs. */
export interface Display {
  /** How many events of before are wanted; a few, where it does not say. */
  readonly pastEvents?: number;
  /** Aborted when who reads has seen enough; absent where nobody can say so. */
  readonly closed?: AbortSignal;
  /** Called before anything is shown, with what steers it. */
  begin?(client: Client): void;
  show(message: StreamMessage): void;
  /** The connection is lost, or something else to know. */
  remark(text: string): void;
  /** Gives the terminal back. */
  end(): Promise<void>;
}

/** The display for a session. */
export function createDisplay(session: Session, shown: Shown): Display {
  if (session.isLive) return new LiveScreen(session, shown);
  if (session.format === 'table') return lineDisplay(session);
  return {
    ...silentDisplay(session),
    show: (message) => {
      session.sayJson(message);
    },
  };
}

/** Shows nothing but remarks, for commands whose answer is one value. */
export function silentDisplay(session: Session): Display {
  return {
    show: () => undefined,
    remark: (text) => {
      session.remark(text);
    },
    end: () => Promise.resolve(),
  };
}

function lineDisplay(session: Session): Display {
  const changes = new Changes();
  return {
    ...silentDisplay(session),
    show: (message) => {
      const line = lineOf(message, changes, session);
      if (line !== undefined) session.say([line]);
    },
  };
}

function lineOf(message: StreamMessage, changes: Changes, session: Session): string | undefined {
  switch (message.kind) {
    case 'rollout':
      return changes.line(message.rollout);
    case 'event':
      return `${message.event.rollout}  ${eventLine(message.event, session.paint)}`;
    case 'deleted':
      return `${message.name}  deleted`;
    case 'progress':
      return `${message.name}  ${message.text}`;
  }
}
