import { Failure } from '../base/failure.ts';
import { stateTag, type Decided } from './state-tag.ts';

/** What must be so for a request to be done (RFC 9110, 13.1). */
export interface Condition {
  /** Throws Failure `preconditionFailed` unless it is; undefined: there is no such Rollout. */
  require(current: Decided | undefined): void;
}

/** What a list of tags in a header looks like. */
export const TAG_LIST = '^(\\*|(W/)?"[!#-~]*"([ \\t]*,[ \\t]*(W/)?"[!#-~]*")*)$';

/** The condition that the headers of a request set; undefined: none. Throws Failure `usage` for what is none. */
export function conditionIn(headers: Pick<Headers, 'get'>): Condition | undefined {
  const match = tagsIn(headers, 'if-match');
  const none = tagsIn(headers, 'if-none-match');
  if (match === undefined && none === undefined) return undefined;
  return {
    require: (current) => {
      if (match !== undefined && !isSeen(match, current)) {
        throw current === undefined ? refused('there is no such Rollout') : changedSince();
      }
      if (none !== undefined && isSeen(none, current)) throw unwanted();
    },
  };
}

/** True when an answer with this tag is what whoever asks has already. */
export function isKnown(headers: Pick<Headers, 'get'>, tag: string): boolean {
  const known = tagsIn(headers, 'if-none-match');
  return known === '*' || (known?.some((one) => one.tag === tag) ?? false);
}

/** Throws Failure `preconditionFailed` for an answer that is not the one that was asked for. */
export function requireTag(headers: Pick<Headers, 'get'>, tag: string): void {
  const wanted = tagsIn(headers, 'if-match');
  if (wanted === undefined || wanted === '*' || wanted.some((one) => !one.isWeak && one.tag === tag)) return;
  throw new Failure('preconditionFailed', 'it is not what If-Match asks for any more');
}

/** A tag without its quotes. Weak ones say that two texts mean the same, which is not enough to change something by. */
interface Tag {
  readonly tag: string;
  readonly isWeak: boolean;
}

function tagsIn(headers: Pick<Headers, 'get'>, name: string): readonly Tag[] | '*' | undefined {
  const text = headers.get(name);
  if (text === null) return undefined;
  if (!new RegExp(TAG_LIST).test(text)) {
    throw new Failure('usage', `the header ${name} holds neither "*" nor tags in quotes`, {
      hint: 'send what was in the header ETag of an answer, with its quotes',
    });
  }
  if (text === '*') return '*';
  return [...text.matchAll(/(W\/)?"([^"]*)"/g)].map(([, weak, tag = '']) => ({
    tag,
    isWeak: weak !== undefined,
  }));
}

/** By the part before the dot: what is only measured may have changed. */
function isSeen(tags: readonly Tag[] | '*', current: Decided | undefined): boolean {
  if (current === undefined) return false;
  if (tags === '*') return true;
  const state = stateTag(current);
  return tags.some(({ tag, isWeak }) => !isWeak && tag.split('.', 1)[0] === state);
}

/** Why nothing is done to a Rollout that is not any more what was looked at. */
export function changedSince(): Failure {
  return refused(
    'it has changed since it was looked at: the document, a version, or where its release stands',
  );
}

function refused(what: string): Failure {
  return new Failure('preconditionFailed', what, {
    hint: 'look at it again, and send the ETag of that if it is still to be done',
  });
}

function unwanted(): Failure {
  return new Failure('preconditionFailed', 'it is there already, and If-None-Match asks that it is not', {
    hint: 'leave the header out to change what is there',
  });
}
