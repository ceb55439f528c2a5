export { createClient, type Client, type ClientOptions } from './client.ts';
export { Failure, FAILURES, type FailureCode, type Problem } from '../base/failure.ts';
export type { EventQuery, LogQuery, StreamQuery } from '../api/operations.ts';
export type * from '../api/resources.ts';
export type { RevisionDetail, RevisionView } from '../api/revision-views.ts';
export {
  defineRollout,
  type DeclaredDocuments,
  type ProgramContext,
  type RolloutProgram,
} from '../config/define.ts';
export type { RolloutDocument } from '../rollout/schema/document.ts';
