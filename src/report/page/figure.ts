import { isJsonObject } from '../../base/json.ts';
import type { Summary } from '../summary/summary.ts';
import { html, type Markup } from './markup.ts';

/** A number of a summary on the page, found by its path. */
export type Figures = (path: string, words: (value: number) => string) => Markup;

/**
 * Shows numbers of a summary, each as `<data value="0.0123" id…>1.2 %</data>` with the path at which the JSON of the report
 * holds it, so that whoever reads the page can look it up and no number is on it that is not there. A dash where
 * there is none.
 */
export function figuresOf(summary: Summary): Figures {
  return (path, words) => {
    const value = valueAt(summary, path);
    if (typeof value !== 'number') return html`–`;
    return html`<data value="${String(value)}" data-of="${path}">${words(value)}</data>`;
  };
}

/** The value at a path of keys and places, as in `steps.0.candidate.requests`. */
export function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (at, key) => (Array.isArray(at) ? at[Number(key)] : isJsonObject(at) ? at[key] : undefined),
      value,
    );
}
