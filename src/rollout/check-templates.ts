import { closest } from '../base/closest.ts';
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import type { Finding } from './finding.ts';

/** Checks that many Rollouts share, as they are written. */
export interface CheckTemplate {
  readonly args?: readonly TemplateParameter[];
  readonly checks: readonly JsonObject[];
}

/** What differs from Rollout to Rollout. */
export interface TemplateParameter {
  readonly name: string;
  /** Absent: a Rollout must give it. */
  readonly default?: string;
}

/** A check of a template with the values of one Rollout. */
export interface TemplatedCheck {
  /** The name of the template. */
  readonly from: string;
  readonly check: JsonObject;
}

/** What became of the templates that a Rollout names. */
export type Templated =
  | { readonly checks: readonly TemplatedCheck[]; readonly findings?: never }
  | { readonly checks?: never; readonly findings: readonly Finding[] };

/** A template as a Rollout names it. */
interface Named {
  readonly name: string;
  readonly args?: Readonly<Record<string, string>>;
}

const PARAMETER = /\{\{\s*args\.([^{}]*?)\s*\}\}/g;

/** The checks of all templates that a spec names, with its values in them, or everything that is in the way. */
export function templatedChecks(
  spec: JsonObject,
  find: (name: string) => CheckTemplate | undefined,
): Templated {
  const findings: Finding[] = [];
  const checks = namedIn(spec).flatMap((named, i) => {
    const tell = (at: string, reason: string, hint: string): void => {
      findings.push({ path: `spec.analysis.templates[${i}].${at}`, reason, hint });
    };
    const template = find(named.name);
    if (template !== undefined) return filled(template, named, tell);
    tell('name', `there is no AnalysisTemplate ${named.name}`, 'create it, or correct the name');
    return [];
  });
  return findings.length === 0 ? { checks } : { findings };
}

/** The spec with checks in the place of the templates that they are of. */
export function withTemplatedChecks(spec: JsonObject, templated: readonly TemplatedCheck[]): JsonObject {
  const { analysis } = spec;
  if (!isJsonObject(analysis) || !('templates' in analysis)) return spec;
  const { templates: _, ...rest } = analysis;
  return {
    ...spec,
    analysis: { ...rest, checks: [...ownChecks(rest), ...templated.map(({ check }) => check)] },
  };
}

/** Where a path of such a spec is written: in the template, where it is of one. */
export function writtenPath(path: string, spec: JsonObject, templated: readonly TemplatedCheck[]): string {
  const [, index = '', below = ''] = /^spec\.analysis\.checks\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
  if (index === '') return path;
  const own = isJsonObject(spec['analysis']) ? ownChecks(spec['analysis']).length : 0;
  const from = templated[Number(index) - own]?.from;
  return from === undefined ? path : `AnalysisTemplate ${from}${below === '' ? '' : `, ${below}`}`;
}

function ownChecks({ checks }: JsonObject): readonly Json[] {
  return Array.isArray(checks) ? (checks as readonly Json[]) : [];
}

function namedIn({ analysis }: JsonObject): readonly Named[] {
  const templates = isJsonObject(analysis) ? analysis['templates'] : undefined;
  return Array.isArray(templates) ? (templates as readonly Named[]) : [];
}

type Tell = (at: string, reason: string, hint: string) => void;

function filled(
  { args: parameters = [], checks }: CheckTemplate,
  { name, args = {} }: Named,
  tell: Tell,
): readonly TemplatedCheck[] {
  const known = parameters.map((one) => one.name);
  for (const given of Object.keys(args).filter((one) => !known.includes(one)))
    tell(`args.${given}`, `${name} has no parameter ${given}`, namesHint(given, known));
  const values = new Map<string, string>();
  for (const parameter of parameters) {
    const value = args[parameter.name] ?? parameter.default;
    if (value === undefined) tell('args', `${name} needs ${parameter.name}`, `add args.${parameter.name}`);
    values.set(parameter.name, value ?? '');
  }
  const unknown = (asked: string): void => {
    tell('name', `${name} uses {{args.${asked}}}, which it has no parameter for`, namesHint(asked, known));
  };
  return checks.map((check) => ({ from: name, check: withValues(check, values, unknown) as JsonObject }));
}

function namesHint(name: string, known: readonly string[]): string {
  const near = closest(name, known);
  if (near !== undefined) return `did you mean ${near}?`;
  return known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
}

/** Every text with the values in it. */
function withValues(value: Json, values: ReadonlyMap<string, string>, unknown: (name: string) => void): Json {
  if (typeof value === 'string') {
    return value.replace(PARAMETER, (_, name: string) => {
      const known = values.get(name);
      if (known === undefined) unknown(name);
      return known ?? '';
    });
  }
  if (Array.isArray(value)) return value.map((one) => withValues(one as Json, values, unknown));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(
    ([key, field]) => [key, withValues(field as Json, values, unknown)] as const,
  );
  return Object.fromEntries(entries);
}
