import { Failure } from '../../base/failure.ts';
import { isJsonObject, type JsonObject } from '../../base/json.ts';
import type { RateView } from '../../api/resources.ts';
import type { Status } from '../../engine/status.ts';
import type { Wanted } from '../../engine/wanted.ts';
import type { TemplatedCheck } from '../../rollout/check-templates.ts';
import { packed, unpacked } from './packing.ts';
import type { Routed } from './routed.ts';
import type { Told } from './told.ts';

/** Everything that must outlive the operator, of one Rollout. Written as one text in one write, so that nothing of it is ever half there. */
export interface Memory {
  /** Grows with every save. */
  readonly version: number;
  readonly status: Status;
  /** Set while something else is wanted than the template of the Deployment. */
  readonly override?: Override;
  /** What was wanted when it was saved; for whoever reads. */
  readonly wanted?: string;
  /** The checks of templates that the release which runs began with. */
  readonly templated?: readonly TemplatedCheck[];
  /** What counted last of what is declared, for as long as a release runs: it ends by that, whatever is declared since. */
  readonly spec?: JsonObject;
  /** The traffic that is steered: what is declared may have been edited since. */
  readonly routed?: Routed;
  /** What tracks of the release that runs have served lately, as far as that is told; for whoever reads. */
  readonly rates?: readonly RateView[];
  /** What has happened lately, newest last: told to Kubernetes after it was saved. */
  readonly told?: readonly Told[];
}

/** What a user wants to run for as long as the Deployment asks for a certain other revision. */
export interface Override extends Wanted {
  readonly insteadOf: string;
}

/** The memory as the text that an object keeps. Throws Failure `tooLarge`. */
export function writtenMemory(memory: Memory): string {
  return packed(JSON.stringify(memory));
}

/** What an object keeps; undefined where nothing is kept yet. Throws Failure `storeUnusable` for what is damaged or not understood. */
export function readMemory(written: string | undefined): Memory | undefined {
  if (written === undefined || written === '') return undefined;
  try {
    const memory: unknown = JSON.parse(unpacked(written));
    if (isJsonObject(memory) && typeof memory['version'] === 'number' && isJsonObject(memory['status']))
      return memory as unknown as Memory;
  } catch (cause) {
    throw damaged(cause);
  }
  throw damaged(undefined);
}

function damaged(cause: unknown): Failure {
  return new Failure('storeUnusable', 'what coalmine remembers in status.memory is damaged', {
    hint: 'take the status of the Rollout away to begin anew with what its Deployment runs',
    cause,
  });
}
