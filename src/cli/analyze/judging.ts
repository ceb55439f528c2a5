import { extname } from 'node:path';
import { parseDocument } from 'yaml';
import type { ComparisonJudge } from '../../analysis/comparison/comparison.ts';
import { closest } from '../../base/closest.ts';
import { Failure, messageOf } from '../../base/failure.ts';
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Session } from '../session.ts';
import type { JudgingOptions } from './options.ts';
import { readText } from './text-file.ts';

/** Who judges, and how. */
export interface Judging {
  readonly judge: ComparisonJudge;
  readonly options: JsonObject;
}

/** Judges that take a metric. */
const TAKES_METRIC: readonly ComparisonJudge[] = ['sequential', 'slo', 'threshold'];

/** Options whose values may have units: the grammar wants them as texts, but for whole numbers. */
const LEVELS: readonly string[] = ['max', 'min', 'floor', 'limit'];

/** The judge and its options: those of the file, then those of the command line. Throws Failure `usage`. */
export async function readJudging(session: Session, given: JudgingOptions): Promise<Judging> {
  const { judge, metric } = given;
  if (judge === undefined) {
    throw new Failure('usage', '--judge is missing', {
      hint: 'Say who judges: sequential, slo, threshold, score or experiment.',
    });
  }
  if (metric !== undefined && !TAKES_METRIC.includes(judge)) {
    throw new Failure('usage', `--metric does not go with the judge ${judge}`, {
      hint: 'It judges plain values, whatever they are: leave it out.',
    });
  }
  let options = given.options === undefined ? {} : await optionsIn(session, given.options);
  for (const pair of given.option ?? []) options = withOption(options, pair);
  return { judge, options: metric === undefined ? options : { ...options, metric } };
}

async function optionsIn(session: Session, written: string): Promise<JsonObject> {
  const isJson = written.trimStart().startsWith('{');
  const text = isJson ? written : await readText(session, written);
  const place = isJson ? '--options' : written;
  const value = extname(place) === '.json' || isJson ? parsedJson(text, place) : parsedYaml(text, place);
  if (isJsonObject(value)) return value;
  throw new Failure('usage', `${place} does not hold an object of options`, {
    hint: 'As in {"worseBy": "3%"}',
  });
}

function parsedJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure('usage', `${place} is not JSON: ${messageOf(cause)}`, { cause });
  }
}

function parsedYaml(text: string, place: string): unknown {
  const document = parseDocument(text, { logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) throw new Failure('usage', `${place} is not YAML: ${error.message}`);
  return document.toJS() as unknown;
}

/** `effectSize.allowedIncrease=1.2` into its place. */
function withOption(options: JsonObject, pair: string): JsonObject {
  const at = pair.indexOf('=');
  const keys = pair.slice(0, Math.max(0, at)).split('.');
  if (at < 1 || keys.includes('')) {
    throw new Failure('usage', `--option ${pair} is not of the form key=value`, { hint: 'As in worseBy=3%' });
  }
  return withValue(options, keys, valueOf(keys.at(-1) ?? '', pair.slice(at + 1)));
}

function withValue(options: JsonObject, [key = '', ...rest]: readonly string[], value: Json): JsonObject {
  if (rest.length === 0) return { ...options, [key]: value };
  const inner = options[key];
  return { ...options, [key]: withValue(isJsonObject(inner) ? inner : {}, rest, value) };
}

/** What was meant: a number, true or false, JSON, or the text itself. */
function valueOf(key: string, text: string): Json {
  const isNumber = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
  if (isNumber) return LEVELS.includes(key) && !Number.isInteger(Number(text)) ? text : Number(text);
  if (!/^\s*([[{"]|(true|false|null)\s*$)/.test(text)) return text;
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new Failure('usage', `--option ${key}=${text} looks like JSON, but is not: ${messageOf(cause)}`, {
      hint: 'Put it in single quotes, so that the shell leaves it alone.',
      cause,
    });
  }
}

/** The name in `known` that was probably meant, as a hint. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = closest(word, known);
  const all = known.length > 20 ? `${known.slice(0, 20).join(', ')}, …` : known.join(', ');
  return near === undefined ? `There are ${all}.` : `Did you mean ${near}? There are ${all}.`;
}
