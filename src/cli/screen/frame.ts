import type { Paint } from '../output/paint.ts';
import { briefEvidence, evidenceLines } from '../output/evidence.ts';
import { experimentLines } from '../output/experiment.ts';
import { eventLine } from '../output/rollout.ts';
import { verdictWord } from '../output/words.ts';
import { figuresSection } from './figures.ts';
import { footLines, HELP } from './foot.ts';
import { headSection, type Drawing } from './head.ts';
import { compose, growing, type Section, type Size } from './layout.ts';
import { listSection } from './list.ts';
import { movedSplit, splitOf, splitSection } from './split.ts';
import { atHand, namesIn, type Known, type ScreenState } from './state.ts';
import { stepsSection } from './steps.ts';

const MOST_EVENTS_SHOWN = 8;

/** How to show a state. */
export interface Look {
  readonly size: Size;
  readonly paint: Paint;
  /** Wall clock, milliseconds. */
  readonly now: number;
}

/** The screen, line by line: never wider than the terminal, never more lines than it has. Pure. */
export function frameOf(state: ScreenState, { size, paint, now }: Look): readonly string[] {
  const drawing: Drawing = { width: size.columns, paint, now };
  const caption = state.caption === undefined ? [] : [{ rank: 3, forms: [[paint.bold(state.caption)]] }];
  return compose([...caption, ...bodyOf(state, drawing)], footLines(state, drawing), size);
}

function bodyOf(state: ScreenState, drawing: Drawing): readonly Section[] {
  if (state.helps) return [{ rank: 0, forms: growing(HELP.length, (count) => HELP.slice(0, count)) }];
  if (state.open === undefined) return overview(state, drawing);
  const known = state.known.get(state.open);
  if (known === undefined) return [{ rank: 0, forms: [[`waiting for ${state.open}`]] }];
  return rolloutSections(state, known, drawing);
}

function overview(state: ScreenState, drawing: Drawing): readonly Section[] {
  const names = namesIn(state);
  const views = names.flatMap((name) => state.known.get(name)?.view ?? []);
  const chosen = names.indexOf(atHand(state) ?? '');
  const told = state.events.map((one) => `${one.rollout}  ${eventLine(one, drawing.paint)}`);
  return [listSection(views, chosen, drawing), listOf(told, 6)];
}

function rolloutSections(state: ScreenState, known: Known, drawing: Drawing): readonly Section[] {
  const { view, past, at, moved } = known;
  const { release } = view;
  const elapsedMs = Math.max(0, drawing.now - at);
  const events = state.events.filter(({ rollout }) => rollout === view.name);
  const stageMs = (release?.stageMs ?? 0) + (release?.paused === true ? 0 : elapsedMs);
  return [
    headSection(view, elapsedMs, drawing),
    ...(release === undefined ? [] : [stepsSection({ release, stageMs, events }, drawing)]),
    splitSection(view, movedSplit(splitOf(view), moved, drawing.now), drawing),
    figuresSection(view, past, drawing),
    ...analysisSections(known, drawing),
    state.logs === undefined
      ? listOf(
          events.map((one) => eventLine(one, drawing.paint)),
          6,
        )
      : logSection(state.logs),
  ];
}

function analysisSections({ view: { release } }: Known, { width, paint }: Drawing): readonly Section[] {
  const { judgement, experiment } = release ?? {};
  const found = experiment === undefined ? [] : experimentLines(experiment, width, paint);
  if (judgement === undefined) return [{ rank: 3, forms: [found.slice(0, 1), found] }];
  const brief = briefEvidence(judgement, width, paint);
  const verdict = `evidence: ${verdictWord(judgement.verdict, paint)} — ${judgement.reason}`;
  const evidence = [
    [verdict],
    ...growing(brief.length, (count) => [verdict, ...brief.slice(0, count)]),
    evidenceLines(judgement, width, paint),
  ];
  return [
    { rank: 3, forms: [found.slice(0, 1), found] },
    { rank: 3, forms: evidence },
  ];
}

/** The newest lines, at the end; one line when there is little room. */
function listOf(lines: readonly string[], rank: number): Section {
  return { rank, forms: growing(Math.min(MOST_EVENTS_SHOWN, lines.length), (count) => lines.slice(-count)) };
}

/** Who asks for logs wants to read them: they have the room that is left by the head. */
function logSection(lines: readonly string[]): Section {
  if (lines.length === 0) return { rank: 2, forms: [['no lines of log yet']] };
  return { rank: 2, forms: growing(Math.min(60, lines.length), (count) => lines.slice(-count)) };
}
