import { Type, type Static } from 'typebox';
import { closed, text, word } from '../../rollout/schema/fields.ts';

const condition = closed('One condition.', {
  type: text('What it is about.', { maxLength: 316 }),
  status: word(['True', 'False', 'Unknown'], 'Whether it holds.'),
  reason: text('Why, as one word for programs.', { maxLength: 1024 }),
  message: Type.String({ description: 'Why, as a sentence for people.', maxLength: 32_768 }),
  lastTransitionTime: Type.String({ description: 'Since when the status is so.', format: 'date-time' }),
  observedGeneration: Type.Optional(
    Type.Integer({ description: 'The generation it was found of.', minimum: 0 }),
  ),
});

/** A condition of an object, as all of Kubernetes writes them. */
export type Condition = Static<typeof condition>;

/** `status.conditions`: one of each type. */
export function conditions() {
  return Type.Array(condition, {
    description: 'What holds, for `kubectl wait` and for tools that judge health.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  });
}
