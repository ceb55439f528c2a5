import type { Notice } from '../engine/notices.ts';
import type { Secrets } from '../system/secret.ts';
import type { Post } from './post.ts';

/** What is said on a channel, and the notice that it is made of. */
export interface Message {
  readonly notice: Notice;
  /** The name of the Rollout, and the namespace it is in; absent on a machine of its own. */
  readonly rollout: string;
  readonly namespace?: string;
  /** One line: what became of which release. */
  readonly title: string;
  /** The text for people, in lines. */
  readonly text: string;
  /** Where people look further. */
  readonly link?: string;
  readonly tone: Tone;
  /** The same in every message about one release, and in no other. */
  readonly releaseKey: string;
  /** Fills the placeholders of a further text. */
  readonly fill: (template: string) => string;
}

/** How good the news is. */
export type Tone = 'good' | 'bad' | 'warning' | 'neutral';

/** One attempt at one message. */
export interface Order {
  readonly message: Message;
  /** Reads secrets; what it has read shows in no answer. */
  readonly secretAt: Secrets;
  readonly post: Post;
  /** Wall clock, milliseconds since 1970. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/** What a service has said to an attempt. */
export type Sent =
  /** `thread`: what is to be remembered for later messages about the same release. */
  | { readonly kind: 'taken'; readonly why: string; readonly thread?: string }
  /** `afterMs`: not before so much time has passed, as the service asks. */
  | { readonly kind: 'delayed'; readonly why: string; readonly afterMs?: number }
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Tells one kind of listener. One implementation per channel. What it throws is why it could not be sent: it is tried
 * again. It may be called again for what has been taken, when the answer was lost: it says so by the key of the notice,
 * as far as the service knows such a thing.
 */
export type Channel<Settings> = (settings: Settings, order: Order) => Promise<Sent>;
