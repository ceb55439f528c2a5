import { Type, type Static } from 'typebox';
import { DEFAULTS } from '../defaults.ts';
import { analysis } from './analysis.ts';
import { closed, count, duration, textsByName, toggle, word, FORM } from './fields.ts';
import { outside } from './outside.ts';
import { strategy } from './strategy.ts';
import { traffic } from './traffic.ts';
import { workload } from './workload.ts';

/** The version of the written form. */
export const API_VERSION = 'coalmine.dev/v1';

/** The version under which Kubernetes keeps the same form. */
export const KUBERNETES_API_VERSION = 'coalmine.dev/v1alpha1';

/** The kind of the one object a user declares. */
export const KIND = 'Rollout';

const dnsLabel = (description: string) =>
  Type.String({
    description,
    minLength: 1,
    maxLength: 63,
    pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
    [FORM]: 'a name of lower-case letters, digits and hyphens, of 63 characters at most',
  });

/** `spec`: what is wanted. */
export const rolloutSpec = closed('What is wanted.', {
  workload,
  traffic: Type.Optional(traffic),
  strategy,
  analysis: Type.Optional(analysis),
  ...outside,
  deadline: Type.Optional(
    duration('How long a release may take, gates and pauses included.', DEFAULTS.deadline),
  ),
  onDeadline: Type.Optional(
    word(
      ['rollBack', 'hold'],
      'What happens at the deadline: back to stable, or go on waiting.',
      DEFAULTS.onDeadline,
    ),
  ),
  group: Type.Optional(
    closed('The Rollouts it is released as one with, by `coalmine release --group`.', {
      name: dnsLabel('The name of the group, which all its members write.'),
      order: Type.Optional(
        count('It begins once all members of a lower order are promoted.', {
          default: DEFAULTS.group.order,
          maximum: 1_000,
        }),
      ),
      concurrency: Type.Optional(
        count(
          'It begins only while fewer than so many members of its order are being released; without it, all of them are at once.',
          { maximum: 1_000 },
        ),
      ),
      onFailure: Type.Optional(
        word(
          ['undo', 'keep'],
          'When another member is rolled back: go back too, or keep what was begun.',
          DEFAULTS.group.onFailure,
        ),
      ),
    }),
  ),
  history: Type.Optional(
    closed('What is kept.', {
      keep: Type.Optional(
        count('Releases and artefacts.', { default: DEFAULTS.historyKeep, maximum: 10_000 }),
      ),
      rollbackWindow: Type.Optional(
        count(
          'A version that was stable at most so many versions ago is released again at once: no steps, no pauses, no analysis.',
          { default: DEFAULTS.rollbackWindow, minimum: 0, maximum: 20 },
        ),
      ),
    }),
  ),
  suspend: Type.Optional(toggle('New versions are seen, not released.', DEFAULTS.suspend)),
});

/** The whole written form: what validates a document, types it, describes it for editors and the reference page. */
export const rolloutDocument = closed('What runs, how users reach it, and how a new version takes over.', {
  apiVersion: Type.Optional(
    word(
      [API_VERSION, KUBERNETES_API_VERSION],
      'Version of this form; the second is for Kubernetes.',
      API_VERSION,
    ),
  ),
  kind: Type.Optional(word([KIND], 'Kind of the object.', KIND)),
  metadata: closed('Who it is.', {
    name: dnsLabel('Its name, unique on a machine or in a namespace.'),
    namespace: Type.Optional(dnsLabel('The Kubernetes namespace.')),
    labels: Type.Optional(textsByName('Labels, for selecting.')),
    annotations: Type.Optional(textsByName('Annotations, for other tools.')),
  }),
  spec: rolloutSpec,
});

/** A Rollout as it is written, after validation. */
export type RolloutDocument = Static<typeof rolloutDocument>;

/** The `spec` of a document. */
export type RolloutSpec = RolloutDocument['spec'];
