import './panels.css';
import { DIFF } from './diff.tsx';
import { DISTRIBUTION } from './distribution.tsx';
import { EVENTS } from './events.tsx';
import { EVIDENCE } from './evidence.tsx';
import { GROUP } from './group.tsx';
import { HISTORY } from './history.tsx';
import { LOGS } from './logs.tsx';
import type { Panel } from './panel.ts';
import { PROCESSES } from './processes.tsx';
import { SERVED } from './served.tsx';
import { STANDING } from './standing.tsx';
import { TAKEOVER } from './takeover.tsx';
import { TRAFFIC } from './traffic.tsx';

/** What a Rollout's page shows below its head, from the top down. */
export const PANELS: readonly Panel[] = [
  STANDING,
  EVIDENCE,
  TRAFFIC,
  SERVED,
  DISTRIBUTION,
  TAKEOVER,
  GROUP,
  PROCESSES,
  EVENTS,
  LOGS,
  DIFF,
  HISTORY,
];
