import type { Alternative, Question } from './contrast.ts';

/** Which direction is better; `same`: none is. */
export type Goal = 'increase' | 'decrease' | 'same';

/** What all tests that compare two values are told. */
export interface Terms {
  readonly alpha: number;
  readonly alternative: Alternative;
  readonly goal: Goal;
  readonly relative: boolean;
  readonly margin?: number;
  readonly minimumEffect?: number;
  /** Aimed at. */
  readonly power: number;
}

/** The options with their defaults. */
export function termsOf(options: Partial<Terms>): Terms {
  const { margin, minimumEffect } = options;
  return {
    alpha: options.alpha ?? 0.05,
    alternative: options.alternative ?? 'two-sided',
    goal: options.goal ?? 'increase',
    relative: options.relative ?? false,
    ...(margin === undefined ? {} : { margin }),
    ...(minimumEffect === undefined ? {} : { minimumEffect }),
    power: options.power ?? 0.8,
  };
}

/** What is asked: better than the control, or not worse than it by the margin. */
export function questionOf({ alpha, alternative, goal, margin }: Terms): Question {
  return { alpha, alternative, boundary: margin === undefined ? 0 : -margin * better(goal) };
}

/** 1 where more is better, -1 where less is. */
export function better(goal: Goal): 1 | -1 {
  return goal === 'decrease' ? -1 : 1;
}
