import type { ControllerOptions } from '../controller/controller.ts';
import { trace, type OpenRelease } from './release-spans.ts';
import type { Span } from './span.ts';

/** Where spans go. */
export interface SpanSink {
  push(spans: readonly Span[]): void;
}

/** The traces of what one controller releases. */
export class ReleaseTraces {
  readonly #sink: SpanSink;
  readonly #open = new Map<string, OpenRelease>();

  constructor(sink: SpanSink) {
    this.#sink = sink;
  }

  /** The same options of a controller, which is watched from now on. */
  watching(options: ControllerOptions): ControllerOptions {
    return {
      ...options,
      onLook: (key, record, seen) => {
        if (record === undefined) this.#open.delete(key);
        else {
          const { open, ended } = trace(this.#open.get(key), record, options.now());
          if (open === undefined) this.#open.delete(key);
          else this.#open.set(key, open);
          this.#sink.push(ended);
        }
        options.onLook?.(key, record, seen);
      },
    };
  }
}
