import { messageOf } from '../base/failure.ts';
import { isJsonObject } from '../base/json.ts';
import type { Finding } from '../rollout/finding.ts';
import type { ProgramContext } from './define.ts';
import { loadProgram } from './load-program.ts';
import { plainFindings } from './plain-value.ts';
import { thrownPlace } from './thrown-place.ts';

/** What came of running a file: the documents it declares as JSON text, or what is wrong with it. */
export type ProgramAnswer =
  | { readonly kind: 'declared'; readonly text: string }
  | { readonly kind: 'wrong'; readonly findings: readonly Finding[] };

/** Runs a file to learn what it declares. Never throws. */
export async function runProgram(file: string, env: ProgramContext['env']): Promise<ProgramAnswer> {
  try {
    return answerOf(await declaredBy(await loadProgram(file), { env }));
  } catch (thrown) {
    const { file: at, ...position } = thrownPlace(thrown) ?? {};
    return wrong({
      path: '',
      reason: reasonOf(thrown),
      ...(at === undefined ? {} : { file: at }),
      ...position,
    });
  }
}

/** Without the places that loaders put after their messages, which are told apart. */
function reasonOf(thrown: unknown): string {
  const message = messageOf(thrown).replace(/\s*\n(Require stack:[^]*| ?\/\S*:\d+:\d+)$/, '');
  const syntax = /^ParseError: (.*)$/s.exec(message)?.[1];
  return syntax === undefined ? `it threw: ${message}` : `it is not TypeScript: ${syntax.trim()}`;
}

/** What is exported by default, or what the function there answers. */
function declaredBy(exported: unknown, context: ProgramContext): unknown {
  const declared: unknown = isJsonObject(exported) ? exported['default'] : undefined;
  return typeof declared === 'function'
    ? (declared as (given: ProgramContext) => unknown)(context)
    : declared;
}

function answerOf(declared: unknown): ProgramAnswer {
  if (declared === undefined || declared === null) {
    return wrong({
      path: '',
      reason: 'its default export declares no Rollout',
      hint: 'write `export default defineRollout({ … })`, or a function that returns one',
    });
  }
  const findings = plainFindings(declared);
  if (findings.length > 0) return { kind: 'wrong', findings };
  return { kind: 'declared', text: JSON.stringify(declared) };
}

function wrong(finding: Finding): ProgramAnswer {
  return { kind: 'wrong', findings: [finding] };
}
