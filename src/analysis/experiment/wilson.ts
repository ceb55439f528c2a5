/** How many of how many. */
export interface Proportion {
  readonly successes: number;
  readonly trials: number;
}

/** Wilson's interval for a proportion, `z` standard errors to both sides. */
export function wilsonInterval(
  { successes, trials }: Proportion,
  z: number,
): readonly [low: number, high: number] {
  const share = successes / trials;
  const square = (z * z) / trials;
  const centre = share + square / 2;
  const reach = z * Math.sqrt((share * (1 - share)) / trials + square / 4 / trials);
  // At the ends the formula is exactly 0 and 1; rounding must not move them.
  return [
    successes === 0 ? 0 : (centre - reach) / (1 + square),
    successes === trials ? 1 : (centre + reach) / (1 + square),
  ];
}

/**
 * Newcombe's interval for the difference `candidate - control`: the two Wilson intervals combined (method 10 of
 * Statistics in Medicine 17, 1998). It stays within -1 and 1 and holds its level for small counts.
 */
export function newcombeInterval(
  control: Proportion,
  candidate: Proportion,
  z: number,
): readonly [low: number, high: number] {
  const [from, to] = [control.successes / control.trials, candidate.successes / candidate.trials];
  const [fromLow, fromHigh] = wilsonInterval(control, z);
  const [toLow, toHigh] = wilsonInterval(candidate, z);
  const difference = to - from;
  return [
    difference - Math.hypot(to - toLow, fromHigh - from),
    difference + Math.hypot(toHigh - to, from - fromLow),
  ];
}
