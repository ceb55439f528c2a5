import { createHash } from 'node:crypto';

/** What is known of a span besides its times. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** Something that took time in a release. */
export interface Span {
  /** 32 hexadecimal digits, as W3C Trace Context has them. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Absent: it is the whole trace. */
  readonly parentId?: string;
  readonly name: string;
  /** Wall clock, milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Attributes;
  /** Why it did not go well; absent: it did. */
  readonly error?: string;
}

/** The trace of something, always the same for the same words: who goes on with it after a restart finds it again. */
export function traceIdOf(words: string): string {
  return digits(`trace ${words}`, 32);
}

/** The span of a part of a trace, always the same for the same words. */
export function spanIdOf(traceId: string, words: string): string {
  return digits(`span ${traceId} ${words}`, 16);
}

/** Nothing but zeros would be no id; no digest is. */
function digits(words: string, count: number): string {
  return createHash('sha256').update(words).digest('hex').slice(0, count);
}
