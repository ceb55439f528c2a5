import { askedBy, type Asked, type Match } from '../rollout/match.ts';
import type { MatchLimits } from './ports.ts';

/** What is missing, as the end of a sentence about a step, and what to do about it. */
export interface Lack {
  readonly reason: string;
  readonly hint: string;
}

/** What a match asks that is beyond a data plane's limits; undefined when nothing is. */
export function beyondLimits(match: Match, limits: MatchLimits): Lack | undefined {
  const asked = match.map(askedBy);
  return (
    unknownKind(asked.flat(), limits) ??
    severalAtOnce(asked, limits) ??
    unknownText(asked.flat(), limits) ??
    tooOften(asked.flat(), limits)
  );
}

function unknownKind(asked: readonly Asked[], { kinds }: MatchLimits): Lack | undefined {
  const unknown = asked.find(({ kind }) => !kinds.includes(kind));
  if (unknown === undefined) return undefined;
  return { reason: `matches by ${unknown.kind}`, hint: `it knows ${kinds.join(', ')}` };
}

function severalAtOnce(asked: readonly (readonly Asked[])[], { alone }: MatchLimits): Lack | undefined {
  if (alone !== true || asked.every((one) => one.length <= 1)) return undefined;
  return { reason: 'asks several things of one request', hint: 'ask one thing in each alternative' };
}

function unknownText(asked: readonly Asked[], { onlyTexts = {} }: MatchLimits): Lack | undefined {
  for (const { kind, text = '' } of asked) {
    const known = onlyTexts[kind];
    if (known === undefined || known.includes(text)) continue;
    return { reason: `matches by ${kind} "${text}"`, hint: `only by ${known.join(', ')}` };
  }
  return undefined;
}

/** Alternatives that ask something of the same thing compete, whatever they ask of it. */
function tooOften(asked: readonly Asked[], { atMost = {} }: MatchLimits): Lack | undefined {
  for (const { kind } of asked) {
    const [what] = kind.split(' ', 1);
    const times = asked.filter((one) => one.kind.split(' ', 1)[0] === what).length;
    const most = atMost[kind] ?? Infinity;
    if (times > most) return { reason: `asks for a ${kind} ${times} times`, hint: `at most ${most}` };
  }
  return undefined;
}
