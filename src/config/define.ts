import type { RolloutDocument } from '../rollout/schema/document.ts';

/** What a function that declares Rollouts is given. */
export interface ProgramContext {
  /** The environment variables of the command that reads the file. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** One Rollout or several. */
export type DeclaredDocuments = RolloutDocument | readonly RolloutDocument[];

/** What a TypeScript or JavaScript file exports by default. */
export type RolloutProgram =
  DeclaredDocuments | ((context: ProgramContext) => DeclaredDocuments | Promise<DeclaredDocuments>);

/**
 * Gives what a file declares the types of a Rollout, and changes nothing: `export default defineRollout({ … })`.
 * Whether it is valid is said when the file is read, as for every other format.
 */
export function defineRollout<Program extends RolloutProgram>(program: Program): Program {
  return program;
}
