import { createContext, type ComponentChildren } from 'preact';
import { useContext, useEffect, useMemo } from 'preact/hooks';
import type { RolloutView } from '../../../../src/client/index.ts';
import { useLive } from '../../live/context.ts';
import { Desk } from './desk.ts';

const DESK = createContext<Desk | undefined>(undefined);

/** Hands down what the panels of a Rollout's page share, and keeps it true. */
export function DeskProvider({ rollout, children }: { rollout: RolloutView; children: ComponentChildren }) {
  const live = useLive();
  const desk = useMemo(() => new Desk(live.ask, Date.now), [live, rollout.name]);
  useEffect(
    () => () => {
      desk.close();
    },
    [desk],
  );
  useEffect(() => {
    desk.hear(rollout);
  }, [desk, rollout]);
  return <DESK.Provider value={desk}>{children}</DESK.Provider>;
}

/** What the panels of the page share. */
export function useDesk(): Desk {
  const desk = useContext(DESK);
  if (desk === undefined) throw new Error('nothing of a Rollout is shown outside of DeskProvider');
  return desk;
}
