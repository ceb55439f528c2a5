import type { SequentialSettings } from '../../rollout/model.ts';
import { inNewStep, NO_NOISE, withDifference, type GaugeNoise } from '../stats/gauge-noise.ts';
import {
  BLOCKS_TO_COUNT,
  closeBlock,
  inNewStretch,
  measuredIn,
  NO_UNITS,
  rejuvenated,
  withValues,
  type GaugeTrack,
} from '../stats/gauge-units.ts';
import { logMean } from '../stats/log-sum.ts';
import { lookedAgain, NO_LOOKS, type Looks } from '../stats/looks.ts';
import { meanOf, measuredFreedom } from '../stats/unit-spread.ts';
import { concluded } from './conclusion.ts';
import { lookAt, type GaugeCheck, type GaugeSight, type GaugeView } from './gauge-look.ts';
import { gaugeStory } from './gauge-words.ts';
import type { Judge } from './judge.ts';

const MS_PER_MINUTE = 60_000;
/** A value says nothing of a longer time before it was measured, in minutes. */
const LONGEST_MINUTES = 1;
/** A block lasts a minute. */
const BLOCK_MINUTES = 1;
/** Minutes are sums of many ticks. */
const ROUNDING = 1e-6;

/** The fewer units, the longer they are measured before the first look. */
const ENOUGH_FREEDOM = 5;
/** Growth is measured over the later two thirds, or more, of the release, but not over much more than so many blocks. */
const FORGET_AFTER = 3;
const LONGEST_BLOCKS = 30;

interface State {
  /** Minutes of this step in which both tracks were measured. */
  readonly minutes: number;
  /** When the block under way began, in the same minutes; below 0: in the step before. */
  readonly blockFrom: number;
  /** Blocks ended in this release. */
  readonly blocks: number;
  /** The block at which growth began to be measured anew, to go on with later. */
  readonly youngFrom: number;
  readonly candidate: GaugeTrack;
  readonly control: GaugeTrack;
  readonly noise: GaugeNoise;
  readonly level: Looks;
  readonly leak: Looks;
  readonly exhaustion: Looks;
  /** The newest look's. */
  readonly seen?: GaugeSight;
}

/**
 * Gauges: values as of now, one for each process or pod. Units are what is independent, not points in time: once a
 * minute the means of the candidate's units are held against those of stable's, with the spread between units as the
 * yardstick, and so is their growth.
 */
export const gaugeShift: Judge<SequentialSettings, State, 'gauge'> = {
  reads: ['gauge'],

  start: () => ({
    minutes: 0,
    blockFrom: 0,
    blocks: 0,
    youngFrom: 0,
    candidate: NO_UNITS,
    control: NO_UNITS,
    noise: NO_NOISE,
    level: NO_LOOKS,
    leak: NO_LOOKS,
    exhaustion: NO_LOOKS,
  }),

  beginStep: (_check, state) => ({
    ...state,
    minutes: 0,
    blockFrom: state.blockFrom - state.minutes,
    candidate: inNewStretch(state.candidate),
    control: inNewStretch(state.control),
    noise: inNewStep(state.noise),
  }),

  add(check, state, { ms, sample }) {
    const candidate = measuredIn(sample.candidate);
    const control = measuredIn(sample.control);
    if (candidate.size === 0 || control.size === 0) return state;
    let left = Math.min(ms / MS_PER_MINUTE, LONGEST_MINUTES);
    let next = state;
    // Ticks are cut where blocks end, so that it does not matter how time is cut into ticks.
    while (left > ROUNDING) {
      const minutes = Math.min(left, next.blockFrom + BLOCK_MINUTES - next.minutes);
      next = withTime(next, { candidate, control }, minutes);
      if (next.minutes > next.blockFrom + BLOCK_MINUTES - ROUNDING) next = afterBlock(check, next);
      left -= minutes;
    }
    return next;
  },

  logHarm,

  judgement(check, state, falseAlarms) {
    const weighed = { name: check.name, logHarm: logHarm(check, state), logSafe: undefined, falseAlarms };
    return concluded(weighed, gaugeStory(check, state.seen, blocksAhead(state)));
  },
};

/** Too high a level, a leak and exhaustion share the bet evenly. */
function logHarm({ judge }: GaugeCheck, { level, leak, exhaustion }: State): number {
  const kinds = judge.exhaustion === undefined ? [level, leak] : [level, leak, exhaustion];
  return logMean(kinds.map(({ logE }) => logE));
}

interface Values {
  readonly candidate: ReadonlyMap<string, number>;
  readonly control: ReadonlyMap<string, number>;
}

function withTime(state: State, values: Values, minutes: number): State {
  return {
    ...state,
    minutes: Number((state.minutes + minutes).toFixed(8)),
    candidate: withValues(state.candidate, values.candidate, minutes),
    control: withValues(state.control, values.control, minutes),
  };
}

function afterBlock(check: GaugeCheck, state: State): State {
  const at = state.blockFrom < 0 ? undefined : state.blockFrom + BLOCK_MINUTES / 2;
  const candidate = closeBlock(state.candidate, at);
  const control = closeBlock(state.control, at);
  const closed: State = {
    ...state,
    blockFrom: state.minutes,
    blocks: state.blocks + 1,
    candidate: candidate.track,
    control: control.track,
  };
  const units = { candidate: candidate.counted, control: control.counted };
  if (units.candidate.length === 0 || units.control.length === 0) return forgetful(closed);
  const noise = at === undefined ? state.noise : withDifference(state.noise, at, differenceOf(units));
  return forgetful(looked(check, { ...closed, noise }, { ...units, noise }));
}

function differenceOf({ candidate, control }: Pick<GaugeView, 'candidate' | 'control'>): number {
  return meanOf(candidate.map(({ now }) => now)) - meanOf(control.map(({ now }) => now));
}

function looked(check: GaugeCheck, state: State, view: GaugeView): State {
  if (state.blocks < blocksNeeded(measuredFreedom([view.candidate, view.control]))) return state;
  const { level, leak, exhaustion, seen } = lookAt(check, view, state.level.taken + 1);
  return {
    ...state,
    level: lookedAgain(state.level, level),
    leak: leak === undefined ? state.leak : lookedAgain(state.leak, leak),
    exhaustion: exhaustion === undefined ? state.exhaustion : lookedAgain(state.exhaustion, exhaustion),
    seen,
  };
}

function blocksNeeded(freedom: number): number {
  return BLOCKS_TO_COUNT + Math.max(0, ENOUGH_FREEDOM - freedom);
}

/** How many minutes are left until the first look, as far as that can be told. */
function blocksAhead({ blocks, candidate, control }: State): number {
  return Math.max(1, blocksNeeded(measuredFreedom([candidate.units, control.units])) - blocks);
}

function forgetful(state: State): State {
  const { blocks, youngFrom } = state;
  const isShort = blocks < Math.max(BLOCKS_TO_COUNT, FORGET_AFTER * youngFrom);
  if (isShort && blocks - youngFrom < LONGEST_BLOCKS) return state;
  return {
    ...state,
    youngFrom: blocks,
    candidate: rejuvenated(state.candidate),
    control: rejuvenated(state.control),
  };
}
