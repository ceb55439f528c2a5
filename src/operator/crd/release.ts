import { Type, type Static } from 'typebox';
import { OUTCOMES, PHASES } from '../../rollout/model.ts';
import { closed, text, word } from '../../rollout/schema/fields.ts';
import { conditions } from './condition.ts';
import { memory } from './memory.ts';

const moment = (description: string) => Type.String({ description, format: 'date-time' });

/** `spec` of a Release: from which version to which. Written once. */
export const releaseSpec = closed('From which version to which.', {
  rollout: text('Name of the Rollout.'),
  number: Type.Integer({ description: 'Releases of a Rollout are numbered from 1.', minimum: 1 }),
  from: Type.Optional(text('The revision that was trusted; absent in the first release of all.')),
  to: text('The revision that is released.'),
});

/** `status` of a Release: how it goes, and how it ended. */
export const releaseStatus = closed('How it goes, and how it ended.', {
  phase: Type.Optional(word(PHASES, 'What it is doing, in one word.')),
  outcome: Type.Optional(word(OUTCOMES, 'How it ended; absent while it runs.')),
  message: Type.Optional(Type.String({ description: 'What is going on.' })),
  reason: Type.Optional(Type.String({ description: 'Why it ended so.' })),
  step: Type.Optional(text('The step and how many there are, as in 3/8.')),
  weight: Type.Optional(text('The part of the traffic that the candidate gets, as in 25%.')),
  startedAt: Type.Optional(moment('When it began.')),
  endedAt: Type.Optional(moment('When it ended.')),
  memory: Type.Optional(memory()),
  record: Type.Optional(
    Type.String({ description: 'The story of the release once it has ended; for coalmine alone.' }),
  ),
  conditions: Type.Optional(conditions()),
});

/** The spec of a Release, as it is kept. */
export type ReleaseSpec = Static<typeof releaseSpec>;

/** The status of a Release, as it is kept. */
export type ReleaseStatus = Static<typeof releaseStatus>;
