import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ComparisonJudge } from '../../analysis/comparison/comparison.ts';
import type { AnalyzeOptions } from '../analyze/options.ts';
import type { Cli } from '../cli.ts';
import { durationOption, gather } from '../option-values.ts';

const JUDGES: readonly ComparisonJudge[] = ['sequential', 'slo', 'threshold', 'score', 'experiment'];

/** `analyze [NAME [RELEASE]]` */
export function addAnalyze({ program, act }: Cli): void {
  const command = program
    .command('analyze')
    .argument('[name]', 'a Rollout, one release of which is judged again')
    .argument('[release]', 'its number; the newest without it')
    .description(
      'judge data now: lines of JSON, files, queries, or a release that was recorded; exits 3 when it is bad',
    )
    .option('--strict', 'exit 3 unless it is good')
    .option('--stdin', 'answer lines of JSON, one comparison each, by lines of JSON');
  for (const add of [addJudging, addFiles, addQueries, addTimes, addCanary, addRelease]) add(command);
  command.action(
    act<AnalyzeOptions>(async (session, options, operands) => {
      // Judges and readers take a while to load.
      const { analyze } = await import('../analyze/analyze.ts');
      return analyze(session, options, operands);
    }),
  );
}

function addJudging(command: Command): void {
  command
    .addOption(new Option('--judge <judge>', 'who judges two sets of data').choices(JUDGES))
    .option('--metric <metric>', 'what the data are: errors, latency, size, rate or value')
    .option('--option <key=value>', 'an option of the judge; may be given several times', gather)
    .option('--options <options>', 'options of the judge, as JSON or in a file of JSON or YAML');
}

function addFiles(command: Command): void {
  command
    .option(
      '--control <file>',
      'data of the control: JSON, JSON lines, CSV, TSV or numbers; - is standard input',
    )
    .option('--candidate <file>', 'data of the candidate')
    .option('--data <file>', 'data of both, told apart by --arm-column')
    .option('--arm-column <name>', 'with --data: the column that says which of both a row is of')
    .option('--control-value <text>', 'what stands there for the control (default: control)')
    .option('--candidate-value <text>', 'what stands there for the candidate (default: candidate)')
    .option(
      '--column <name>',
      'the column to judge, or as in x=before one for a part of it; may be given several times',
      gather,
    );
}

function addQueries(command: Command): void {
  command
    .option('--prometheus <url>', 'judge what queries to this server say')
    .option('--control-query <query>', 'the query of the control')
    .option('--candidate-query <query>', 'the query of the candidate')
    .option('--last <duration>', 'the time until now that is judged, as in 1h', durationOption)
    .option('--per-series', 'judge each series: those with equal labels belong together')
    .option('--token-file <file>', 'a file with the bearer token of the server')
    .option('--user <name>', 'the user, with --password-file')
    .option('--password-file <file>', 'a file with the password of the user')
    .option('--ca-file <file>', 'certificates to trust instead of those of the system');
}

function addTimes(command: Command): void {
  command
    .option('--from <time>', 'where the time that is judged begins, as in 2026-01-31T12:00Z')
    .option('--to <time>', 'where it ends (default of queries: now)')
    .option('--step <duration>', 'between two values (default: 15s of queries, else 60s)', durationOption)
    .option('--control-offset <duration>', "how far back the control's time lies", durationOption);
}

function addCanary(command: Command): void {
  command
    .option('--canary-config <file>', 'judge by a Kayenta canary config')
    .option('--series <file>', 'with --canary-config: what was measured')
    .option('--pass <score>', 'from this score on the canary has passed', scoreOption)
    .option('--marginal <score>', 'at or below this score it has failed at once', scoreOption)
    .option('--lifetime <duration>', 'how long it is judged, without --to', durationOption)
    .option('--interval <duration>', 'between two judgements; without it there is one', durationOption)
    .option('--begin-after <duration>', 'the warm-up, without --to', durationOption)
    .option('--lookback <duration>', 'judge only the newest of it', durationOption);
}

function addRelease(command: Command): void {
  command
    .option('--with <file>', 'judge the release by the analysis that this file declares')
    .option('--export <file>', 'write the release with all it was judged by to a file')
    .option('--replay <file>', 'judge a release that was exported, or the JSON of its report');
}

/** Reads a score of 0 to 100. */
function scoreOption(text: string): number {
  const score = text.trim() === '' ? NaN : Number(text);
  if (score >= 0 && score <= 100) return score;
  throw new InvalidArgumentError('A score is a number from 0 to 100.');
}
