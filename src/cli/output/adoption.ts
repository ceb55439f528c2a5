import type { AdoptionPlan } from '../../operator/adopting/adopt.ts';
import { createPaint } from './paint.ts';
import { planLines } from './plan.ts';

/** What was found around a Deployment, what would change, and how its next release would go. */
export function adoptionLines({ notes, plan }: AdoptionPlan): readonly string[] {
  return [...notes, '', 'the next release:', ...planLines(plan, createPaint(false))];
}
