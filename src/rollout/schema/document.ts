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

const spec = closed('What is wanted.', {
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
  history: Type.Optional(
    closed('What is kept.', {
      keep: Type.Optional(
        count('Releases and artefacts.', { default: DEFAULTS.historyKeep, maximum: 10_000 }),
      ),
    }),
  ),
  suspend: Type.Optional(toggle('New versions are seen, not released.', DEFAULTS.suspend)),
});

/** The whole written form: what validates a document, types it, describes it for editors and the reference page. */
export const rolloutDocument = closed('What runs, how users reach it, and how a new version takes over.', {
  apiVersion: Type.Optional(word([API_VERSION], 'Version of this form.', API_VERSION)),
  kind: Type.Optional(word([KIND], 'Kind of the object.', KIND)),
  metadata: closed('Who it is.', {
    name: dnsLabel('Its name, unique on a machine or in a namespace.'),
    namespace: Type.Optional(dnsLabel('The Kubernetes namespace.')),
    labels: Type.Optional(textsByName('Labels, for selecting.')),
    annotations: Type.Optional(textsByName('Annotations, for other tools.')),
  }),
  spec,
});

/** A Rollout as it is written, after validation. */
export type RolloutDocument = Static<typeof rolloutDocument>;

/** The `spec` of a document. */
export type RolloutSpec = RolloutDocument['spec'];
