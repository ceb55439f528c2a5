import type { CheckJudgement, Effect, Judgement, Strength } from '../../analysis/judgement.ts';
import { bar } from './bar.ts';
import { counted, percent } from './figures.ts';
import type { Paint } from './paint.ts';
import { padEnd, padStart, wrap } from './text.ts';
import { verdictWord } from './words.ts';

const BAR_WIDTH = 16;

/** Each check's evidence beside the limit at which it decides, with its reason in words. */
export function evidenceLines(judgement: Judgement, width: number, paint: Paint): string[] {
  const names = Math.max(...judgement.checks.map((check) => check.name.length), 0);
  // The judgement's reason is most often that of its decisive check, which is shown below.
  const isRepeated = judgement.checks.some((check) => check.reason === judgement.reason);
  const verdict = verdictWord(judgement.verdict, paint);
  const header = isRepeated ? `evidence: ${verdict}` : `evidence: ${verdict} — ${judgement.reason}`;
  return [
    ...wrap(header, width),
    ...judgement.checks.flatMap((check) => checkLines(check, { names, width, paint })),
    ...together(judgement).map((text) => `  ${paint.dim(text)}`),
  ];
}

/** What no single check says: the score, and whether traffic is divided as planned. */
function together({ score, assignment }: Judgement): readonly string[] {
  const { logE = 0, logLimit = 1 } = assignment?.mismatch ?? {};
  return [
    ...(score === undefined ? [] : [`score ${score.score}: ${score.classification}`]),
    ...(assignment === undefined || logE < logLimit
      ? []
      : [
          `traffic: ${percent(assignment.share)} to the canary where ${percent(assignment.planned)} is planned`,
        ]),
  ];
}

interface Look {
  readonly names: number;
  readonly width: number;
  readonly paint: Paint;
}

function checkLines(check: CheckJudgement, { names, width, paint }: Look): string[] {
  const bars = [
    ...(check.harm === undefined ? [] : [`harm ${strengthBar(check.harm, paint.red)}`]),
    ...(check.safe === undefined ? [] : [`safe ${strengthBar(check.safe, paint.green)}`]),
  ].join('  ');
  const columns = [
    padEnd(check.name, names),
    bars,
    check.label === undefined ? verdictWord(check.verdict, paint) : check.label,
    counted(check.samples, 'request'),
  ];
  const line = `  ${columns.filter((column) => column !== '').join('  ')}`;
  const indent = ' '.repeat(names + 4);
  const named = `${check.name}: `;
  const words = check.reason.startsWith(named) ? check.reason.slice(named.length) : check.reason;
  const told = [...wrap(words, Math.max(20, width - indent.length)), ...effectWords(check)];
  return [line, ...told.map((text) => paint.dim(indent + text))];
}

/** How much worse, with its interval: `error ratio ×1.4 of stable, 95% between ×0.9 and ×2.2; p 0.03`. */
export function effectWords({
  effect,
  pValue,
}: Pick<CheckJudgement, 'effect' | 'pValue'>): readonly string[] {
  if (effect === undefined) return pValue === undefined ? [] : [`p ${significant(pValue)}`];
  const size = effect.estimate === undefined ? '' : ` ×${significant(effect.estimate)} of stable,`;
  const p = pValue === undefined ? '' : `; p ${significant(pValue)}`;
  return [`${effect.of}${size} 95% ${intervalWords(effect)}${p}`];
}

function intervalWords({ low, high }: Effect): string {
  return high === undefined
    ? `at least ×${significant(low)}`
    : `between ×${significant(low)} and ×${significant(high)}`;
}

function significant(value: number): string {
  return value !== 0 && value < 1e-4 ? 'under 0.0001' : String(Number(value.toPrecision(2)));
}

/** The bar is full where the check decides. */
function strengthBar(strength: Strength, tone: (text: string) => string): string {
  const fraction = fractionOfLimit(strength);
  return `[${tone(bar(fraction, BAR_WIDTH))}]${padStart(`${Math.floor(fraction * 100)}%`, 5)}`;
}

function fractionOfLimit({ logE, logLimit }: Strength): number {
  if (logLimit <= 0) return logE >= logLimit ? 1 : 0;
  return Math.min(1, Math.max(0, logE / logLimit));
}
