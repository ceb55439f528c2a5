import { Failure, messageOf } from '../base/failure.ts';
import type { RolloutTree } from '../operator/tree.ts';
import { INTERRUPTED } from './io.ts';
import { LiveArea } from './output/live-area.ts';
import { treeLines, type TreeLook } from './output/tree.ts';
import type { Session } from './session.ts';

/** What is watched. */
export interface Watching {
  /** Absent: all Rollouts. */
  readonly name?: string;
  readonly isEverywhere: boolean;
}

/** Lines are as long as they are where nobody draws. */
const ENDLESS = 10_000;

/**
 * Shows Rollouts of a cluster as trees until Ctrl-C: drawn in place for people, printed again when something has changed for pipes, a line of
 * JSON for programs. Answers the exit status. Throws Failure `notPermitted` to who may not look at them.
 */
export async function watchTrees(session: Session, { name, isEverywhere }: Watching): Promise<number> {
  const cluster = await session.cluster();
  const refused = new AbortController();
  const signal = AbortSignal.any([session.io.interrupted, refused.signal]);
  const show = session.isLive ? live(session, isEverywhere) : printed(session, isEverywhere);
  const options = {
    isEverywhere,
    ...(name === undefined ? {} : { name }),
    onTrouble: (cause: unknown) => {
      if (cause instanceof Failure && cause.code === 'notPermitted') refused.abort(cause);
      else session.remark(messageOf(cause));
    },
  };
  try {
    for await (const trees of cluster.trees(options, signal)) show.trees(trees);
  } finally {
    show.end();
  }
  refused.signal.throwIfAborted();
  return INTERRUPTED;
}

interface Show {
  trees(trees: readonly RolloutTree[]): void;
  end(): void;
}

function live(session: Session, isEverywhere: boolean): Show {
  const area = new LiveArea(session.io.stdout);
  return {
    trees: (trees) => {
      area.draw(treeLines(trees, { width: area.width, color: session.color, isEverywhere }));
    },
    end: () => {
      area.end();
    },
  };
}

function printed(session: Session, isEverywhere: boolean): Show {
  const look: TreeLook = { width: ENDLESS, color: session.color, isEverywhere };
  let last = '';
  return {
    trees: (trees) => {
      const lines = treeLines(trees, look);
      // Ages in a view change by themselves: what people see decides whether anything has.
      if (lines.join('\n') === last) return;
      if (session.format !== 'table') session.sayJson(trees);
      else session.say(last === '' ? lines : ['', ...lines]);
      last = lines.join('\n');
    },
    end: () => undefined,
  };
}
