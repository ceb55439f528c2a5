import { format, resolveConfig } from 'prettier';
import { jsonSchema } from '../src/config/json-schema.ts';
import { ROLLOUT_SHAPE } from '../src/rollout/resolve/rollout.ts';
import type { OneOf } from '../src/rollout/schema/fields.ts';
import type { Shape } from '../src/rollout/shape.ts';
import { UNBUILT } from '../src/rollout/support.ts';
import { anyOf } from '../src/rollout/wording.ts';

/** Where the page is kept, from the repository's root. */
export const REFERENCE_PAGE = 'docs/reference/rollout.md';

const INTRODUCTION = `# The Rollout, field by field

<!-- Written by scripts/reference-docs.mjs from src/rollout/schema; do not edit. -->

A Rollout is written as YAML or JSON; one YAML file may hold several. This page and the
[JSON Schema](rollout.schema.json) come from the definition that validates. An editor with the YAML language
server checks and completes a file that begins with
\`# yaml-language-server: $schema=<path or URL of rollout.schema.json>\`.

- A _choice_ is an object with exactly one key: \`strategy: { recreate: {} }\`.
- Shares are texts with a percent sign and at most three decimals: \`5%\`, \`0.5%\`. Durations are texts such as
  \`90s\`, \`10m\`, \`1h30m\`, \`14d\`. Memory is written as \`512Mi\` or \`2Gi\`.
- \`yes\`, \`no\`, \`on\`, \`off\`, \`y\` and \`n\` need quotes where a text belongs, because YAML readers disagree on
  what they are.
- Unknown fields are refused. Fields marked **not built yet** are part of the form and refused by name.
- What a revision is made of: \`from\`, \`build\`, \`command\`, \`env\` and \`envFiles\`. Changing anything else
  changes how the Rollout is run, and releases nothing.
`;

/** Where the schema for editors is kept. */
export const EDITOR_SCHEMA = 'docs/reference/rollout.schema.json';

/** The schema for editors, as a file. */
export async function editorSchema(): Promise<string> {
  return format(JSON.stringify(jsonSchema()), { ...(await resolveConfig(EDITOR_SCHEMA)), parser: 'json' });
}

/** The reference page, generated from the schema. */
export async function rolloutReference(): Promise<string> {
  const page = [INTRODUCTION, ...sections(ROLLOUT_SHAPE, '')].join('\n');
  return format(page, { ...(await resolveConfig(REFERENCE_PAGE)), parser: 'markdown' });
}

/** One section for each object with fields: its own, then those of what it holds. */
function sections(shape: Shape, path: string): readonly string[] {
  const fields = Object.entries(shape.properties ?? {});
  if (fields.length === 0 || isUnbuilt(path)) return [];
  const rows = fields.map(([name, field]) => row({ name, field, parent: shape, path }));
  const own = [
    `## ${path === '' ? 'The document' : `\`${path}\``}`,
    '',
    `${shape.description ?? ''}${(shape['x-coalmine-one-of'] ?? []).map(ruleText).join('')}`,
    '',
    '| field | value | default | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ];
  const below = fields.flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return field.items === undefined ? sections(objectIn(field), at) : sections(field.items, `${at}[]`);
  });
  return [own.join('\n'), ...below];
}

interface Row {
  readonly name: string;
  readonly field: Shape;
  readonly parent: Shape;
  readonly path: string;
}

function row({ name, field, parent, path }: Row): string {
  const required = parent.required?.includes(name) === true;
  const fallback =
    field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``.replaceAll('"', '');
  const at = path === '' ? name : `${path}.${name}`;
  const meaning = `${field.description ?? ''}${isUnbuilt(at) ? ' **Not built yet.**' : ''}`;
  const cells = [`\`${name}\``, valueText(field), required ? 'required' : fallback, meaning];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function valueText(field: Shape): string {
  if (field.enum !== undefined) return field.enum.map((word) => `\`${word}\``).join(', ');
  if (field['x-coalmine-form'] !== undefined) return field['x-coalmine-form'];
  if (field.anyOf !== undefined) return anyOf(field.anyOf.map(valueText));
  if (field.type === 'array') return `list of: ${field.items === undefined ? '' : valueText(field.items)}`;
  return field.additionalProperties === undefined || field.additionalProperties === false
    ? plainText(field)
    : 'texts by name';
}

function plainText(field: Shape): string {
  const { minimum, maximum } = field;
  const range =
    maximum === undefined
      ? minimum === undefined
        ? ''
        : `, ${minimum} or more`
      : `, ${minimum ?? 0} to ${maximum}`;
  if (field.type === 'integer') return `whole number${range}`;
  if (field.type === 'number') return `number${range}`;
  if (field.type === 'boolean') return '`true`, `false`';
  if (field.type === 'string') return 'text';
  return Object.keys(field.properties ?? {}).length === 0 ? '`{}`' : 'object';
}

function ruleText({ what, of, required }: OneOf): string {
  const keys = of.map((together) => together.map((key) => `\`${key}\``).join(' and '));
  return ` ${required ? 'Exactly' : 'At most'} one ${what}: ${anyOf(keys)}.`;
}

function objectIn(field: Shape): Shape {
  return field.anyOf?.find((one) => one.type === 'object') ?? field;
}

/** Only what is refused whatever its value is. */
function isUnbuilt(path: string): boolean {
  const written = path.replace(/\[\]$/, '').replaceAll('[]', '.*');
  return UNBUILT.some((one) => one.path === written && one.when === undefined);
}
