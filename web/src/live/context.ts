import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Live } from './live.ts';

const LIVE = createContext<Live | undefined>(undefined);

/** Hands what is known down to everything that is shown. */
export const LiveProvider = LIVE.Provider;

/** What is known of the server. */
export function useLive(): Live {
  const live = useContext(LIVE);
  if (live === undefined) throw new Error('nothing is shown outside of LiveProvider');
  return live;
}
