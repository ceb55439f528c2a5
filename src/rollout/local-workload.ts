import { Failure } from '../base/failure.ts';
import type { LocalWorkload, Workload } from './model.ts';

/** A workload that runs on this machine; throws Failure `invalidSpec` for one that runs elsewhere. */
export function localWorkload(workload: Workload): LocalWorkload {
  if (workload.kind !== 'deployment') return workload;
  throw new Failure('invalidSpec', `the Deployment ${workload.name} does not run on this machine`, {
    hint: '`coalmine operator` looks after it, in its cluster',
  });
}
