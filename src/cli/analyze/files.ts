import { compare, type ComparisonAnswer } from '../../analysis/comparison/comparison.ts';
import { Failure } from '../../base/failure.ts';
import type { Json } from '../../base/json.ts';
import { comparisonLines } from '../output/analysis.ts';
import type { Session } from '../session.ts';
import { armData } from './data/arm-data.ts';
import { readDataFile, rowsOf, valueOf, type DataFile } from './data/data-file.ts';
import { chooseColumns, columnIndex } from './data/table.ts';
import { didYouMean, readJudging, type Judging } from './judging.ts';
import { required, type FileOptions } from './options.ts';
import { nameOf, STANDARD_INPUT } from './text-file.ts';
import { statusOf } from './verdicts.ts';

/** The data of a comparison; what was not given is absent. */
interface Arms {
  readonly control?: Json;
  readonly candidate?: Json;
}

/** Judges data in files and answers the exit status. */
export async function analyzeFiles(session: Session, options: FileOptions): Promise<number> {
  const judging = await readJudging(session, options);
  const arms =
    options.data === undefined
      ? await armsOfFiles(session, options, judging)
      : await armsOfOneFile(session, options, judging);
  const answer = judged({ ...judging, ...arms }, options);
  await session.print(answer, () => comparisonLines(answer, session.paint));
  return statusOf(answer.verdict, options);
}

async function armsOfFiles(session: Session, options: FileOptions, judging: Judging): Promise<Arms> {
  const { control, candidate, armColumn } = options;
  if (armColumn !== undefined) {
    throw new Failure('usage', '--arm-column goes with --data', {
      hint: 'With both arms in one file: --data FILE --arm-column NAME',
    });
  }
  if (control === STANDARD_INPUT && candidate === STANDARD_INPUT) {
    throw new Failure('usage', 'standard input can be the control or the candidate, not both', {
      hint: 'Name a file for one of them; or pipe in both with --data - --arm-column NAME.',
    });
  }
  // What judges one sample by itself may be given no control; an experiment may be planned without data.
  if (judging.judge === 'score' || judging.judge === 'sequential') {
    required(control, '--control');
    required(candidate, '--candidate');
  }
  const read = async (file: string): Promise<Json> =>
    dataOf(await readDataFile(session, file), options.column ?? [], judging);
  return {
    ...(control === undefined ? {} : { control: await read(control) }),
    ...(candidate === undefined ? {} : { candidate: await read(candidate) }),
  };
}

function dataOf(file: DataFile, column: readonly string[], judging: Judging): Json {
  const value = valueOf(file);
  if (value !== undefined && column.length === 0) return value;
  const table = rowsOf(file);
  return armData({ table, rows: [...table.rows.keys()], columns: chooseColumns(table, column, []) }, judging);
}

async function armsOfOneFile(session: Session, options: FileOptions, judging: Judging): Promise<Arms> {
  if (options.control !== undefined || options.candidate !== undefined) {
    throw new Failure('usage', '--data is the file of both arms', {
      hint: 'Leave out --control and --candidate, or --data.',
    });
  }
  const armColumn = required(options.armColumn, '--arm-column');
  const table = rowsOf(await readDataFile(session, required(options.data, '--data')));
  const arm = columnIndex(table, armColumn);
  const columns = chooseColumns(table, options.column ?? [], [arm]);
  const { controlValue = 'control', candidateValue = 'candidate' } = options;
  const byValue = new Map<string, number[]>([
    [controlValue, []],
    [candidateValue, []],
  ]);
  const others = new Set<string>();
  for (const [row, cells] of table.rows.entries()) {
    const value = textOf(cells[arm]);
    const rows = byValue.get(value);
    if (rows === undefined) others.add(value);
    else rows.push(row);
  }
  const rowsFor = (value: string, option: string): Json => {
    const rows = byValue.get(value) ?? [];
    if (rows.length > 0) return armData({ table, rows, columns }, judging);
    throw new Failure('usage', `${table.file} has no row of ${JSON.stringify(value)} in that column`, {
      hint: `Say with ${option} what stands there. ${didYouMean(value, [...others])}`,
    });
  };
  return {
    control: rowsFor(controlValue, '--control-value'),
    candidate: rowsFor(candidateValue, '--candidate-value'),
  };
}

function textOf(cell: Json | undefined): string {
  return typeof cell === 'string' ? cell.trim() : JSON.stringify(cell ?? '');
}

/** What a judge says of its data does not know the files they are from. */
function judged(request: Judging & Arms, { control, candidate }: FileOptions): ComparisonAnswer {
  try {
    return compare(request);
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    const files = [
      ...(control === undefined ? [] : [`control is ${nameOf(control)}`]),
      ...(candidate === undefined ? [] : [`candidate is ${nameOf(candidate)}`]),
    ];
    const isOfData = /\b(control|candidate)\b/.test(thrown.message) && files.length > 0;
    if (!isOfData) throw thrown;
    throw new Failure(thrown.code, `${thrown.message} (${files.join(', ')})`, {
      problems: thrown.problems,
      ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
      cause: thrown,
    });
  }
}
