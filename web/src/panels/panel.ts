import type { ComponentType } from 'preact';
import type { RolloutView } from '../../../src/client/index.ts';

/** One part of a Rollout's page, in a section with its title. */
export interface Panel {
  /** Of the section, unique on the page. */
  readonly id: string;
  readonly title: string;
  /** False: it has nothing to say of this Rollout, and is left out. */
  readonly isFor: (rollout: RolloutView) => boolean;
  /** Shown again whenever the Rollout changes. What else it needs of the server, `useLive()` knows or asks. */
  readonly Body: ComponentType<{ readonly rollout: RolloutView }>;
}
