import { Type, type Static } from 'typebox';
import { check } from '../../rollout/schema/analysis.ts';
import { closed, formed, namedList, text } from '../../rollout/schema/fields.ts';

const parameter = closed('One parameter.', {
  name: formed(
    'a name of letters, digits and underscores',
    '^[A-Za-z_][A-Za-z0-9_]*$',
    'Its name; `{{args.NAME}}` stands for its value in every text of a check.',
  ),
  description: Type.Optional(text('What it is for.')),
  default: Type.Optional(
    Type.String({ description: 'Its value when none is given. Without it, one must be.' }),
  ),
});

/** `spec` of an AnalysisTemplate: checks that many Rollouts share. */
export const analysisTemplateSpec = closed('Checks that many Rollouts share.', {
  args: Type.Optional(namedList(parameter, 'What differs from Rollout to Rollout.')),
  checks: namedList(check, 'What is measured and how it is judged.'),
});

/** The spec of an AnalysisTemplate, as it is written. */
export type AnalysisTemplateSpec = Static<typeof analysisTemplateSpec>;
