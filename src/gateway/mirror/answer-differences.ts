import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { AnswerComparison } from '../../rollout/answer-comparison.ts';
import { ignoredPointers, jsonDifferences } from './json-differences.ts';
import { plainWord } from '../routing/plain-word.ts';
import type { RecordedAnswer } from './recorded-answer.ts';

/** A body that becomes longer than this is not looked into. */
const LONGEST_DECODED = 1024 * 1024;

const DECODERS: Readonly<Record<string, (bytes: Buffer, limit: Limit) => Promise<Buffer>>> = {
  gzip: promisify<Buffer, Limit, Buffer>(gunzip),
  deflate: promisify<Buffer, Limit, Buffer>(inflate),
  br: promisify<Buffer, Limit, Buffer>(brotliDecompress),
};

interface Limit {
  readonly maxOutputLength: number;
}

/** Fields about the connection, the moment or the form of the body: what they mean is compared elsewhere, or not at all. */
const UNCOMPARED = new Set(
  `age alt-svc connection content-encoding content-length date etag expires keep-alive last-modified server-timing
  set-cookie strict-transport-security traceparent tracestate trailer transfer-encoding via x-request-id`.split(
    /\s+/,
  ),
);

/** What an answer and the same answer again, or its copy, differ in: names of fields, never what is in them. */
export async function answerDifferences(
  a: RecordedAnswer,
  b: RecordedAnswer,
  rules: AnswerComparison,
): Promise<readonly string[]> {
  if (b.status === 0) return ['no answer'];
  const isOther = a.status !== b.status;
  return [
    ...(rules.status && isOther ? ['status'] : []),
    ...(rules.headers ? headerDifferences(fieldsOf(a), fieldsOf(b)) : []),
    // The bodies of two statuses have nothing to do with each other.
    ...(rules.body === undefined || isOther ? [] : await bodyDifferences(a, b, rules.body.ignore)),
  ];
}

type HeaderFields = ReadonlyMap<string, string>;

function headerDifferences(a: HeaderFields, b: HeaderFields): readonly string[] {
  const names = [...new Set([...a.keys(), ...b.keys()])].filter((name) => !UNCOMPARED.has(name));
  return names.filter((name) => a.get(name) !== b.get(name)).map((name) => `header ${plainWord(name)}`);
}

function fieldsOf({ raw }: RecordedAnswer): HeaderFields {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]?.toString('latin1').toLowerCase() ?? '';
    const value = raw[i + 1]?.toString('latin1') ?? '';
    fields.set(name, fields.has(name) ? `${fields.get(name) ?? ''}, ${value}` : value);
  }
  return fields;
}

async function bodyDifferences(
  a: RecordedAnswer,
  b: RecordedAnswer,
  ignore: readonly string[],
): Promise<readonly string[]> {
  if (a.isTooLong && b.isTooLong) return [];
  if (a.isTooLong || b.isTooLong) return ['body'];
  const [one, other] = [await decoded(a), await decoded(b)];
  if (one.equals(other)) return [];
  const values = [a, b].every(isJson) ? [parsed(one), parsed(other)] : [undefined];
  if (values.includes(undefined)) return ['body'];
  const pointers = jsonDifferences(values[0]?.value, values[1]?.value, ignoredPointers(ignore));
  return pointers.map((pointer) => `body ${pointer}`);
}

/** The body without its encoding; as it is where that is not known, or is not what it says. */
async function decoded(answer: RecordedAnswer): Promise<Buffer> {
  const body = answer.body();
  const encoding = fieldsOf(answer).get('content-encoding')?.toLowerCase() ?? '';
  const decode = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
  if (decode === undefined) return body;
  return decode(body, { maxOutputLength: LONGEST_DECODED }).catch(() => body);
}

function isJson(answer: RecordedAnswer): boolean {
  return /^[\w.+-]+\/([\w.-]+\+)?json\b/i.test(fieldsOf(answer).get('content-type') ?? '');
}

function parsed(bytes: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(bytes.toString('utf8')) as unknown };
  } catch {
    return undefined;
  }
}
