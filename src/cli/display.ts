import type { EventView, RolloutView, StreamMessage } from '../api/resources.ts';
import { Changes } from './changes.ts';
import { LiveArea } from './output/live-area.ts';
import { rolloutTable } from './output/lists.ts';
import { eventLine, renderRollout } from './output/rollout.ts';
import type { Session } from './session.ts';

const EVENTS_SHOWN = 6;

/** Shows a stream to whoever reads: drawn in place for people, a line per change for pipes, JSON for programs. */
export interface Display {
  show(message: StreamMessage): void;
  /** The connection is lost, or something else to know. */
  remark(text: string): void;
  /** Gives the terminal back. */
  end(): void;
}

/** The display for a session. */
export function createDisplay(session: Session): Display {
  if (session.isLive) return liveDisplay(session);
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
    end: () => undefined,
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
  }
}

function liveDisplay(session: Session): Display {
  const area = new LiveArea(session.io.stdout);
  const views = new Map<string, RolloutView>();
  let events: readonly EventView[] = [];
  let remark: string | undefined;
  const draw = (): void => {
    area.draw([
      ...bodyLines(session, area.width, { views, events }),
      ...(remark === undefined ? [] : ['', remark]),
    ]);
  };
  return {
    show: (message) => {
      remark = undefined;
      if (message.kind === 'rollout') views.set(message.rollout.name, message.rollout);
      if (message.kind === 'deleted') views.delete(message.name);
      if (message.kind === 'event') events = [...events, message.event].slice(-EVENTS_SHOWN);
      draw();
    },
    remark: (text) => {
      remark = text;
      draw();
    },
    end: () => {
      area.end();
    },
  };
}

interface Shown {
  readonly views: ReadonlyMap<string, RolloutView>;
  readonly events: readonly EventView[];
}

function bodyLines({ color, paint }: Session, width: number, { views, events }: Shown): string[] {
  const [only, ...others] = [...views.values()];
  if (only !== undefined && others.length === 0) return renderRollout(only, { width, color, events });
  const happened = events.map((event) => `${event.rollout}  ${eventLine(event, paint)}`);
  return [...rolloutTable([...views.values()], paint), '', ...happened];
}
