import { effectWords } from '../analysis/effect-words.ts';
import type { CheckJudgement, Judgement } from '../analysis/judgement.ts';
import type { NoticeMoment } from '../rollout/model-notify.ts';
import type { RevisionId, Verdict } from '../rollout/model.ts';
import type { Author } from './author.ts';
import type { Decision } from './decision.ts';
import type { Look } from './look.ts';
import type { Notice, PendingNotice } from './notices.ts';
import type { Status } from './status.ts';

/** A notice is short: it waits in the status. */
const MOST_CHARACTERS = 500;
const MOST_FINDINGS = 5;

/** A notice for whoever wants to hear it. `which` tells moments of a kind apart; absent where a release has one only. */
export interface News extends Omit<PendingNotice, 'key' | 'to' | 'trouble'> {
  readonly rollout: string;
  readonly which?: string;
}

/** What is new of the release that runs, or of the one that has just ended, in its order. */
export function newsOf(look: Look, { status, events, ended }: Decision): readonly News[] {
  const { now } = look;
  const { release } = status;
  const news: News[] = [];
  const note = (moment: NoticeMoment, reason: string, which?: string): void => {
    if (release === undefined) return;
    const facts = { ...factsOf(look, { ...release, reason }), moment, at: now };
    news.push(which === undefined ? facts : { ...facts, which });
  };
  const which = `${release?.step ?? 0}-${now.toString(36)}`;
  for (const { type, message } of events) {
    if (type === 'ReleaseStarted') note('started', message);
    if (type === 'Waiting') note('waiting', message, which);
  }
  if (isNewlyPaused(look.status, status)) note('paused', status.message, which);
  if (ended !== undefined) news.push({ ...factsOf(look, ended), moment: ended.outcome, at: ended.endedAt });
  return news;
}

/** A user's command shows in the phase before a look notes how long that lasts. */
function isNewlyPaused(before: Status, { phase }: Status): boolean {
  const wasPaused = before.phase === 'Paused' && before.lasting?.phase === 'Paused';
  return phase === 'Paused' && !wasPaused;
}

interface Told {
  readonly number: number;
  readonly from?: RevisionId;
  readonly to: RevisionId;
  readonly by?: Author;
  readonly startedAt: number;
  readonly reason: string;
  readonly judgement?: Judgement;
  readonly served: Notice['served'];
}

function factsOf({ rollout }: Look, told: Told): Omit<News, 'moment' | 'at'> {
  const { number, from, to, by, startedAt, reason, judgement, served } = told;
  return {
    rollout: rollout.name,
    release: number,
    revision: to,
    ...(from === undefined ? {} : { stable: from }),
    ...(by === undefined ? {} : { by }),
    startedAt,
    reason: cut(reason),
    ...(judgement === undefined ? {} : { verdict: judgement.verdict }),
    findings: findingsOf(judgement?.checks ?? []),
    served,
  };
}

const BY_WEIGHT: readonly Verdict[] = ['bad', 'invalid', 'undecided', 'good'];

/** What decides comes first. */
function findingsOf(checks: readonly CheckJudgement[]): readonly string[] {
  const weight = ({ verdict }: CheckJudgement): number => BY_WEIGHT.indexOf(verdict);
  return [...checks]
    .sort((a, b) => weight(a) - weight(b))
    .slice(0, MOST_FINDINGS)
    .map((check) => cut(`${check.name}: ${wordsOf(check)}`));
}

function wordsOf({ name, verdict, reason, ...measured }: CheckJudgement): string {
  const [size] = measured.effect === undefined ? [] : effectWords(measured);
  const named = `${name}: `;
  return `${verdict}, ${size ?? (reason.startsWith(named) ? reason.slice(named.length) : reason)}`;
}

/** At most so much of a text as may wait in a status. */
export function cut(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS - 1)}…`;
}
