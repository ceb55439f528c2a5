import { signal } from '@preact/signals';
import { ENDPOINTS, failureOf, linesOf, type Failure } from '../../../../src/client/browser.ts';
import type { LogLine, ProblemView } from '../../../../src/client/index.ts';
import { failureFrom, open } from '../../live/ask.ts';
import { bytesOf } from '../../live/bytes.ts';
import { pauseUntilOnline } from '../../live/pauses.ts';
import { LogBuffer } from './log-buffer.ts';

/** Lines from the end to begin with. */
const TAIL = 200;
/** How often what has come is shown: many lines come in one moment. */
const SHOWN_EVERY_MS = 250;
const AGAIN_MS = 3_000;

/** Whose lines: those of the processes of a Rollout, or of one of its hooks. */
export interface LogSource {
  readonly name: string;
  readonly hook?: string;
}

/** Follows what the processes of a Rollout write, or one of its hooks, for as long as somebody looks. */
export class LogReader {
  readonly buffer = new LogBuffer();
  /** Grows when there is more to show. */
  readonly shown = signal(0);
  /** Why nothing comes any more; undefined while it does. */
  readonly failure = signal<Failure | undefined>(undefined);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Reads until the signal aborts, or the server refuses. A connection that is lost begins anew where it is now. */
  async follow(of: LogSource, signal: AbortSignal): Promise<void> {
    let tail = TAIL;
    while (!signal.aborted) {
      const failure = await this.#read(of, tail, signal).then(() => undefined, failureFrom);
      if (failure !== undefined && failure.code !== 'unreachable' && !isOver(signal)) {
        this.failure.value = failure;
        break;
      }
      tail = 0;
      await pauseUntilOnline(AGAIN_MS, signal);
    }
    clearTimeout(this.#timer);
  }

  async #read({ name, hook }: LogSource, tail: number, signal: AbortSignal): Promise<void> {
    const query = { tail, follow: true, ...(hook === undefined ? {} : { hook }) };
    const { body } = await open(ENDPOINTS.logs, { about: { name }, query, signal });
    if (body === null) return;
    for await (const line of linesOf(bytesOf(body))) {
      if (line === '') continue;
      const parsed = JSON.parse(line) as LogLine | { readonly problem: ProblemView };
      if ('problem' in parsed) throw failureOf(parsed.problem);
      this.buffer.add(parsed);
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.shown.value = this.buffer.written;
      }, SHOWN_EVERY_MS);
    }
  }
}

function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
