import { formatShare } from '../../base/share.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { CheckJudgement, Judgement, Strength } from '../../analysis/judgement.ts';
import type { VariantJudgement } from '../../analysis/experiment/variants.ts';
import type { SimulationResult } from '../../simulate/result.ts';
import type { TimelineEntry } from '../../simulate/timeline.ts';
import { percent } from '../../client/figures.ts';
import type { Paint } from './paint.ts';
import { padEnd, padStart } from './text.ts';
import { phaseWord, verdictWord } from './words.ts';

const TIME_WIDTH = 9;
const WORD_WIDTH = 14;

/** What happened, one line each; Rollouts are named where there are several. */
export function timelineLines({ timeline, rollouts }: SimulationResult, paint: Paint): readonly string[] {
  const names = rollouts.length > 1 ? Math.max(...rollouts.map(({ name }) => name.length)) : 0;
  return timeline.map((entry) => {
    const { word, text } = wordsOf(entry, paint);
    const name = names === 0 ? '' : `  ${padEnd(entry.rollout, names)}`;
    return `${padStart(clock(entry.atMs), TIME_WIDTH)}${name}  ${padEnd(word, WORD_WIDTH)}  ${text}`;
  });
}

/** Hours, minutes and seconds since the beginning: `9:05:02`. */
function clock(atMs: number): string {
  const seconds = Math.floor(atMs / 1_000);
  const twoDigits = (value: number): string => String(value % 60).padStart(2, '0');
  return `${Math.floor(seconds / 3_600)}:${twoDigits(Math.floor(seconds / 60))}:${twoDigits(seconds)}`;
}

interface Words {
  readonly word: string;
  readonly text: string;
}

function wordsOf(entry: TimelineEntry, paint: Paint): Words {
  switch (entry.kind) {
    case 'event':
      return { word: entry.event.type, text: entry.event.message };
    case 'phase':
      return { word: phaseWord(entry.phase, paint), text: entry.message };
    case 'route': {
      const parts = entry.parts.map(({ track, weight }) => `${track} ${formatShare(weight)}`);
      return { word: paint.cyan('split'), text: parts.length === 0 ? 'nobody is served' : parts.join(', ') };
    }
    case 'evidence':
      return { word: paint.dim('evidence'), text: evidenceWords(entry.judgement, paint) };
    case 'experiment':
      return { word: paint.dim('experiment'), text: experimentWords(entry.judgement, paint) };
    case 'scenario':
      return { word: paint.bold('*'), text: paint.bold(entry.message) };
    case 'trouble':
      return { word: paint.yellow('trouble'), text: entry.message };
    default:
      return unreachable(entry);
  }
}

/** `undecided; errors: harm 40%, safe 12%; latency: harm 3%`. */
function evidenceWords({ verdict, checks }: Judgement, paint: Paint): string {
  return [verdictWord(verdict, paint), ...checks.map((check) => checkWords(check, paint))].join('; ');
}

/** `undecided; blue 8% of 1,200; green 9.1% of 900, undecided`. */
function experimentWords({ verdict, control, candidates }: VariantJudgement, paint: Paint): string {
  const others = candidates.map((one) => `${rateWords(one)}, ${verdictWord(one.verdict, paint)}`);
  return [verdictWord(verdict, paint), rateWords(control), ...others].join('; ');
}

function rateWords({ name, trials, events }: VariantJudgement['control']): string {
  const users = trials.toLocaleString('en');
  return trials === 0 ? `${name}: nobody` : `${name} ${percent(events / trials)} of ${users}`;
}

function checkWords(check: CheckJudgement, paint: Paint): string {
  const ways = [wayWords('harm', check.harm), wayWords('safe', check.safe)].filter((words) => words !== '');
  const words = ways.length === 0 ? verdictWord(check.verdict, paint) : ways.join(', ');
  return `${check.name}: ${words}`;
}

/** How far the evidence has come on its way to a decision. */
function wayWords(what: string, strength: Strength | undefined): string {
  if (strength === undefined) return '';
  const way = Math.min(1, Math.max(0, strength.logE / strength.logLimit));
  return `${what} ${percent(Math.round(way * 100) / 100)}`;
}
