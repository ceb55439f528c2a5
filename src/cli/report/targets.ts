import { Failure } from '../../base/failure.ts';
import { STANDARD_INPUT } from '../analyze/text-file.ts';

/** What `report` may be told. */
export interface ReportOptions {
  readonly release?: string;
  /** A recording, or the JSON of a report. */
  readonly from?: string;
  readonly html?: string;
  readonly markdown?: string;
  readonly json?: string;
}

/** Where each form of a report goes; `-` is standard output, and what is not named is not written. */
export interface Targets {
  readonly html?: string;
  readonly markdown?: string;
  readonly json?: string;
}

/** Where a report goes as the options say; absent when they name nothing. Throws Failure `usage`. */
export function targetsIn({ html, markdown, json }: ReportOptions): Targets | undefined {
  const named = [html, markdown, json].filter((one) => one !== undefined);
  if (named.filter((one) => one === STANDARD_INPUT).length > 1) {
    throw new Failure('usage', 'only one form of the report can go to standard output', {
      hint: 'Name files for the others.',
    });
  }
  if (named.length === 0) return undefined;
  return {
    ...(html === undefined ? {} : { html }),
    ...(markdown === undefined ? {} : { markdown }),
    ...(json === undefined ? {} : { json }),
  };
}

/** The files that are written when none are named: the page, and beside it what it was made from. */
export function usualTargets(rollout: string, number: number): Targets {
  // A recording may be anybody's, and its name no file of ours to write.
  const name = `${/^\w[\w.-]{0,200}$/.test(rollout) ? rollout : 'release'}-${number}`;
  return { html: `${name}.html`, json: `${name}.json` };
}
