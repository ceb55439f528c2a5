import { Type, type Static } from 'typebox';
import { OUTCOMES, PHASES } from '../../rollout/model.ts';
import { closed, list, text, word } from '../../rollout/schema/fields.ts';
import { conditions } from './condition.ts';
import { memory } from './memory.ts';

const version = (description: string) =>
  closed(description, {
    revision: text('Its name: a hash of what runs.'),
    templateHash: Type.Optional(text('The label `pod-template-hash` of its pods.')),
  });

const count = (description: string) => Type.Integer({ description, minimum: 0 });

const answer = closed('What came of a command.', {
  id: text('Of the command.'),
  refused: Type.Optional(text('Why it was not done, as a code of the catalogue of failures.')),
  message: Type.Optional(Type.String({ description: 'Why it was not done, as a sentence.' })),
  hint: Type.Optional(Type.String({ description: 'What to do instead.' })),
});

/** `status` of a Rollout: what people and tools read, and what coalmine remembers. */
export const rolloutStatus = closed('What it is doing.', {
  observedGeneration: Type.Optional(count('The generation that all of this is about.')),
  phase: Type.Optional(word(PHASES, 'What it is doing, in one word.')),
  message: Type.Optional(Type.String({ description: 'What is going on, or what it waits for.' })),
  strategy: Type.Optional(text('How a new version takes over.')),
  step: Type.Optional(text('The step of the running release and how many there are, as in 3/8.')),
  stepTitle: Type.Optional(text('What that step is.')),
  weight: Type.Optional(text('The part of the traffic that the candidate gets, as in 25%.')),
  replicas: Type.Optional(count('How many replicas run at rest.')),
  release: Type.Optional(count('The number of the newest release, running or ended.')),
  stable: Type.Optional(version('The version that is trusted.')),
  candidate: Type.Optional(version('The version that is being released.')),
  lastOutcome: Type.Optional(
    closed('How the newest ended release ended.', {
      release: count('Its number.'),
      revision: text('The version that was released.'),
      outcome: word(OUTCOMES, 'How it ended.'),
      reason: Type.String({ description: 'Why.' }),
    }),
  ),
  conditions: Type.Optional(conditions()),
  memory: Type.Optional(memory()),
  answers: Type.Optional(
    list(answer, 'What came of the commands of users, the newest last.', { minItems: 0 }),
  ),
});

/** What came of a command of a user. */
export type CommandAnswer = Static<typeof answer>;

/** The status of a Rollout, as it is kept. */
export type RolloutObjectStatus = Static<typeof rolloutStatus>;
