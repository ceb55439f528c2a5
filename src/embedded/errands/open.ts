import { join } from 'node:path';
import { messageOf } from '../../base/failure.ts';
import type { Controller } from '../../controller/controller.ts';
import type { Log } from '../../telemetry/log.ts';
import type { RevisionCatalogue } from '../revision-catalogue.ts';
import { Errands } from './errands.ts';

/** What errands need of the control process they are of. */
export interface ErrandsSite {
  readonly options: { readonly dataDir: string; readonly log: Log };
  readonly catalogue: RevisionCatalogue;
  readonly controller: Pick<Controller, 'poke'>;
}

/** The errands of one control process; they ask nothing of it before the first of them is sent. */
export function openErrands(site: ErrandsSite): Errands {
  const { dataDir, log } = site.options;
  return new Errands({
    directory: join(dataDir, 'hooks'),
    settingsOf: (rollout, revision) => site.catalogue.settingsOf(rollout, revision),
    onAnswer: (rollout) => {
      site.controller.poke(rollout);
    },
    onTrouble: (cause) => {
      log.warn(`what is left of hooks could not be cleared away: ${messageOf(cause)}`, {});
    },
  });
}
