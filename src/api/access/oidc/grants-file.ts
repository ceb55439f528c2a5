import { Type } from 'typebox';
import { Failure, messageOf } from '../../../base/failure.ts';
import { readerOf } from '../../../base/schema-reader.ts';
import { located } from '../../../config/positions.ts';
import { refused } from '../../../config/read.ts';
import { readSource } from '../../../config/source.ts';
import { formatOf, readText } from '../../../config/text-file.ts';
import { ACCESS_ROLES } from '../../../engine/access-role.ts';
import { AUTHOR_NAME } from '../../../engine/author.ts';
import type { Source } from '../../../system/kept.ts';
import { fileVersion } from '../../../system/secret.ts';
import type { Grant } from './grants.ts';

const closed = { additionalProperties: false };
const names = Type.Array(Type.String({ pattern: AUTHOR_NAME }), { minItems: 1, maxItems: 1_000 });
const GRANTS = Type.Object(
  {
    grants: Type.Array(
      Type.Object(
        {
          // Without one, whomever the issuer knows would get in, which with a public issuer is everybody.
          when: Type.Record(Type.String(), Type.String({ minLength: 1 }), { minProperties: 1 }),
          role: Type.Enum([...ACCESS_ROLES]),
          rollouts: Type.Optional(names),
          groups: Type.Optional(names),
        },
        closed,
      ),
      { minItems: 1, maxItems: 1_000 },
    ),
  },
  closed,
);
const read = readerOf(GRANTS, 'file of grants');

/** A file of grants, which is read again when it changes. */
export function grantsInFile(file: string): Source<readonly Grant[]> {
  return { version: () => fileVersion(file).catch(messageOf), read: () => readGrants(file) };
}

/** Reads a file of grants, YAML or JSON. Throws Failure, with file and line, for what is none. */
async function readGrants(file: string): Promise<readonly Grant[]> {
  const text = await readText(file, 'name a file with --oidc-grants');
  const { documents, findings } = readSource(text, formatOf(file));
  if (findings.length > 0) throw refused(findings, { file });
  const [document, ...more] = documents;
  if (document === undefined || more.length > 0) {
    throw new Failure('invalidSpec', `${file} has ${documents.length} documents, and should have one`, {
      hint: 'write "grants:", and below it a list',
    });
  }
  try {
    return read(document.value).grants;
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    throw refused(
      cause.problems.map((problem) => located(problem, document)),
      { file },
    );
  }
}
