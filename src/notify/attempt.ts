import { withoutValues, type Environment } from '../base/environment.ts';
import { explanationOf } from '../base/failure.ts';
import type { Notice } from '../engine/notices.ts';
import type { Listener } from '../rollout/model-notify.ts';
import type { Rollout } from '../rollout/model.ts';
import type { Secrets } from '../system/secret.ts';
import { within } from '../system/waiting.ts';
import type { Sent } from './channel.ts';
import { sendOn } from './channels/all.ts';
import { cut, messageOf } from './message.ts';
import { poster, type Post } from './post.ts';

/** What is sent to whom. */
export interface Errand {
  readonly rollout: Pick<Rollout, 'name' | 'namespace'>;
  readonly listener: Listener;
  readonly notice: Notice;
  /** In place of what the notice would be called. */
  readonly title?: string;
}

/** What an attempt needs. */
export interface AttemptContext {
  readonly secretAt: Secrets;
  /** Wall clock, milliseconds since 1970. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** One attempt may take so long. */
const ATTEMPT_MS = 10_000;
/** So much of what went wrong is told. */
const MOST_WORDS = 300;

/** Tries once to tell a listener. Never throws, and no secret is in its answer. */
export async function attempt(errand: Errand, context: AttemptContext): Promise<Sent> {
  const { rollout, listener, notice, title } = errand;
  const read: Record<string, string> = {};
  const secretAt = remembering(context.secretAt, read);
  const told = (why: string): string => cut(withoutValues(why, read), MOST_WORDS);
  try {
    const usual = messageOf(rollout, listener, notice);
    const message = title === undefined ? usual : { ...usual, title };
    const { result, late } = await within({ ms: ATTEMPT_MS, signal: context.signal }, async (signal) => {
      const order = { message, secretAt, post: hiding(poster(signal), read), now: context.now(), signal };
      return sendOn(listener.channel, order).catch((cause: unknown) => explanationOf(cause));
    });
    if (typeof result !== 'string') return { ...result, why: told(result.why) };
    const why = late ? `gave no answer within ${ATTEMPT_MS / 1_000}s` : told(result);
    return { kind: 'delayed', why };
  } catch (cause) {
    return { kind: 'delayed', why: told(explanationOf(cause)) };
  }
}

/** What is read of an answer has no secret in it: what is cut later could leave a part of one. */
function hiding(post: Post, read: Environment): Post {
  return async (request) => {
    const reply = await post(request);
    return { ...reply, text: withoutValues(reply.text, read) };
  };
}

/** Notes what is read: a service may say it back. Of an address each part is as secret as the whole. */
function remembering(secretAt: Secrets, read: Record<string, string>): Secrets {
  return (place) => {
    const secret = secretAt(place);
    return {
      place: secret.place,
      read: async () => {
        const value = await secret.read();
        partsOf(value).forEach((part, i) => (read[`${secret.place} ${i}`] = part));
        return value;
      },
    };
  };
}

/** Shorter parts of an address are words, and no secrets. */
const SECRET_PART = 16;

function partsOf(secret: string): readonly string[] {
  if (!URL.canParse(secret)) return [secret];
  const { pathname, search, searchParams } = new URL(secret);
  const parts = [...pathname.split('/'), ...searchParams.values()];
  return [secret, pathname, search, ...parts.filter(({ length }) => length >= SECRET_PART)];
}
