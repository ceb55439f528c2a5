import { effectWords } from '../../analysis/effect-words.ts';
import type { CheckJudgement, Judgement, Strength } from '../../analysis/judgement.ts';
import { fractionOfLimit } from '../../analysis/strength.ts';
import { bar } from './bar.ts';
import { counted, percent } from '../../client/figures.ts';
import type { Paint } from './paint.ts';
import { fit, padEnd, padStart, widthOf, wrap } from './text.ts';
import { verdictWord } from './words.ts';

const BAR_WIDTH = 16;
/** Of bars on a narrow terminal. */
const SHORT_BAR_WIDTH = 10;
const WIDE = 90;

/** Each check's evidence beside the limit at which it decides, with its reason in words. */
export function evidenceLines(judgement: Judgement, width: number, paint: Paint): string[] {
  const names = Math.max(...judgement.checks.map((check) => widthOf(check.name)), 0);
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
  const bars = strengths(check).map(
    ({ word, strength, tone }) => `${word} ${strengthBar(strength, { tone: paint[tone], width })}`,
  );
  const verdict = check.label ?? verdictWord(check.verdict, paint);
  const samples = counted(check.samples, 'request');
  const beside = ['', padEnd(check.name, names), ...bars, verdict, samples].join('  ');
  const isNarrow = widthOf(beside) > width;
  const below = [`  ${check.name}  ${verdict}  ${samples}`, ...bars.map((one) => `    ${one}`)];
  const indent = ' '.repeat(isNarrow ? 4 : names + 4);
  const told = [...wrap(reasonOf(check), Math.max(20, width - indent.length)), ...effectWords(check)];
  return [...(isNarrow ? below : [beside]), ...told.map((text) => paint.dim(indent + text))];
}

/** Each check on one line: how near it is to its limit, and what it says. */
export function briefEvidence(judgement: Judgement, width: number, paint: Paint): string[] {
  const names = Math.min(16, Math.max(0, ...judgement.checks.map((check) => widthOf(check.name))));
  return judgement.checks.map((check) => {
    const [nearest] = strengths(check).toSorted(
      (a, b) => fractionOfLimit(b.strength) - fractionOfLimit(a.strength),
    );
    const bars =
      nearest === undefined
        ? []
        : [nearest.word, strengthBar(nearest.strength, { tone: paint[nearest.tone], width })];
    const verdict = check.label ?? verdictWord(check.verdict, paint);
    return fit([padEnd(fit(check.name, names), names), verdict, ...bars].join(' '), width);
  });
}

interface Side {
  readonly word: string;
  readonly strength: Strength;
  readonly tone: 'red' | 'green';
}

function strengths({ harm, safe }: CheckJudgement): readonly Side[] {
  return [
    ...(harm === undefined ? [] : [{ word: 'harm', strength: harm, tone: 'red' as const }]),
    ...(safe === undefined ? [] : [{ word: 'safe', strength: safe, tone: 'green' as const }]),
  ];
}

/** Why, without the name that stands beside it. */
function reasonOf({ name, reason }: CheckJudgement): string {
  const named = `${name}: `;
  return reason.startsWith(named) ? reason.slice(named.length) : reason;
}

interface BarLook {
  readonly tone: (text: string) => string;
  /** Of the terminal. */
  readonly width: number;
}

/** The bar is full where the check decides. */
function strengthBar(strength: Strength, { tone, width }: BarLook): string {
  const fraction = fractionOfLimit(strength);
  const columns = width < WIDE ? SHORT_BAR_WIDTH : BAR_WIDTH;
  return `[${tone(bar(fraction, columns))}]${padStart(`${Math.floor(fraction * 100)}%`, 5)}`;
}
