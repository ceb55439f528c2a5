import type { CheckJudgement, Judgement, Strength } from '../../analysis/judgement.ts';
import { bar } from './bar.ts';
import { counted } from './figures.ts';
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
    verdictWord(check.verdict, paint),
    counted(check.samples, 'request'),
  ];
  const line = `  ${columns.filter((column) => column !== '').join('  ')}`;
  const indent = ' '.repeat(names + 4);
  const named = `${check.name}: `;
  const words = check.reason.startsWith(named) ? check.reason.slice(named.length) : check.reason;
  return [line, ...wrap(words, Math.max(20, width - indent.length)).map((text) => paint.dim(indent + text))];
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
