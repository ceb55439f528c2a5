import { readCanaryConfig, type CanaryConfig } from '../../analysis/score/canary-config.ts';
import { kayentaResult } from '../../analysis/score/kayenta-result.ts';
import { outcomeOf } from '../../analysis/score/outcome.ts';
import { judgeCanaryRun, type RunJudgement } from '../../analysis/score/run.ts';
import { judgeWindow } from '../../analysis/score/window.ts';
import { Failure } from '../../base/failure.ts';
import { canaryLines, type CanaryAnswer } from '../output/analysis-canary.ts';
import type { Session } from '../session.ts';
import { scheduleOf, USUAL_STEP_MS } from './canary-schedule.ts';
import { readJson } from './data/json-data.ts';
import { required, type CanaryOptions } from './options.ts';
import { readSeriesFile, type SeriesFile } from './series-file.ts';
import { nameOf, readText } from './text-file.ts';
import { statusOf } from './verdicts.ts';

/** Judges what was measured by a whole Kayenta canary config, and answers the exit status. */
export async function analyzeCanary(session: Session, options: CanaryOptions): Promise<number> {
  const config = withThresholds(await readConfig(session, options), options);
  const seriesFile = required(options.series, '--series');
  const { value } = readJson(nameOf(seriesFile), await readText(session, seriesFile));
  const answer = answerOf(config, judged(config, readSeriesFile(nameOf(seriesFile), value), options));
  await session.print(asKayentaWouldSay(answer), () => canaryLines(answer, session.paint));
  return statusOf(answer.verdict, options);
}

async function readConfig(session: Session, options: CanaryOptions): Promise<CanaryConfig> {
  const file = required(options.canaryConfig, '--canary-config');
  return readCanaryConfig(readJson(nameOf(file), await readText(session, file)).value);
}

function withThresholds(config: CanaryConfig, { pass, marginal }: CanaryOptions): CanaryConfig {
  if (pass === undefined && marginal === undefined) return config;
  const thresholds = {
    pass: pass ?? config.thresholds.pass,
    marginal: marginal ?? config.thresholds.marginal,
  };
  if (thresholds.marginal <= thresholds.pass) return { ...config, thresholds };
  throw new Failure(
    'usage',
    `a score of ${thresholds.pass} cannot pass: ${thresholds.marginal} fails at once`,
    {
      hint: 'Give a --pass that is not below --marginal.',
    },
  );
}

function judged(config: CanaryConfig, file: SeriesFile, options: CanaryOptions): RunJudgementOfAny {
  if (file.kind === 'timed') {
    const { control, candidate } = file;
    const stepSeconds = (options.step ?? USUAL_STEP_MS) / 1_000;
    const schedule = scheduleOf(options, candidate);
    return judgeCanaryRun({ config, schedule, stepSeconds, control, candidate });
  }
  const { from, to, lifetime, interval, lookback, beginAfter } = options;
  if ([from, to, lifetime, interval, lookback, beginAfter].some((given) => given !== undefined)) {
    throw new Failure('usage', 'the series have no times, so there is only one window to judge', {
      hint: 'Leave out the times, or give points with theirs: {"name": …, "points": [[time, value], …]}',
    });
  }
  const absent = config.metrics.find(({ name }) => !file.pairs.some((pair) => pair.name === name));
  if (absent !== undefined) {
    throw new Failure('usage', `there are no values of ${absent.name}, which the config judges`, {
      hint: 'Give empty lists where nothing was measured.',
    });
  }
  const judgement = judgeWindow(config, file.pairs);
  return { judgements: [judgement], warnings: [], ...outcomeOf([judgement.score.score], config.thresholds) };
}

/** A single window without times has none. */
type RunJudgementOfAny = Omit<RunJudgement, 'judgements'> & Pick<CanaryAnswer, 'judgements'>;

function answerOf({ thresholds, remarks }: CanaryConfig, run: RunJudgementOfAny): CanaryAnswer {
  return { verdict: run.passed ? 'good' : 'bad', ...run, thresholds, remarks };
}

/** Each judgement as Kayenta's own JSON, for tools that read that. */
function asKayentaWouldSay({ judgements, ...answer }: CanaryAnswer): object {
  return {
    ...answer,
    judgements: judgements.map((judgement) => ({
      ...(judgement.window === undefined ? {} : { window: judgement.window }),
      ...kayentaResult(judgement),
    })),
  };
}
