import { parseArgs } from 'node:util';
import { allScenarios } from './scenarios/table.ts';
import type { Scenario } from './scenarios/scenario.ts';

/** What to measure. */
export interface Options {
  readonly scenarios: readonly Scenario[];
  /** Releases of each good scenario, of each fault, and of each ramp. */
  readonly goodSeeds: number;
  readonly faultSeeds: number;
  readonly rampSeeds: number;
  readonly jobs: number;
  /** Where the numbers go as JSON. */
  readonly json?: string;
  /** Where they are taken from, instead of measuring. */
  readonly from?: string;
  /** The page is written to `WRITE.md`, its plots into the folder `WRITE`. */
  readonly write?: string;
}

const FULL_SEEDS = 2_000;
const QUICK_SEEDS = 12;

/** Shown for `--help`, and when an option is wrong. */
export const USAGE = `npm run bench -- detection [options]
  --seeds N       releases of each good scenario, a quarter of it of each fault (${FULL_SEEDS})
  --quick         a rough table: --seeds ${QUICK_SEEDS}
  --only ID,ID    only these scenarios
  --jobs N        worker threads (1)
  --json FILE     writes the numbers
  --from FILE     measures nothing, but takes the numbers of an earlier --json
  --write PATH    the page PATH.md and the plots in PATH/`;

/** Reads the command line; a sentence when it is wrong. */
export function readOptions(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seeds: { type: 'string' },
        quick: { type: 'boolean' },
        only: { type: 'string' },
        jobs: { type: 'string' },
        json: { type: 'string' },
        from: { type: 'string' },
        write: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    if (values.help === true) return USAGE;
    const goodSeeds = wholeNumber(
      '--seeds',
      values.seeds ?? (values.quick === true ? QUICK_SEEDS : FULL_SEEDS),
    );
    const faultSeeds = Math.max(1, Math.round(goodSeeds / 4));
    return {
      scenarios: chosen(values.only),
      goodSeeds,
      faultSeeds,
      rampSeeds: values.only === undefined ? Math.max(2, Math.min(20, Math.round(goodSeeds / 40))) : 0,
      jobs: wholeNumber('--jobs', values.jobs ?? 1),
      ...(values.json === undefined ? {} : { json: values.json }),
      ...(values.from === undefined ? {} : { from: values.from }),
      ...(values.write === undefined ? {} : { write: values.write }),
    };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n${USAGE}`;
  }
}

function wholeNumber(option: string, text: string | number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1 && value <= 60_000) return value;
  throw new Error(`${option} ${text}: a whole number from 1 to 60000 is needed`);
}

function chosen(only: string | undefined): readonly Scenario[] {
  const all = allScenarios();
  if (only === undefined) return all;
  return only.split(',').map((id) => {
    const found = all.find((scenario) => scenario.id === id);
    if (found !== undefined) return found;
    throw new Error(`--only ${id}: there are ${all.map((scenario) => scenario.id).join(', ')}`);
  });
}
