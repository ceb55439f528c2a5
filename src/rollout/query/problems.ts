import { closest } from '../../base/closest.ts';
import { piecesOf, type Piece } from './pieces.ts';
import { CLUSTER_PLACEHOLDERS, PLACEHOLDER, placeholderOf, PLACEHOLDERS } from './placeholders.ts';

/** What is wrong with a query, as far as its text tells. */
export interface QueryProblem {
  readonly reason: string;
  readonly hint: string;
}

/** Functions whose result is no count: it rises and falls. */
const SPEEDS = /\b(rate|irate|increase|delta|idelta|deriv)\s*(?=\()/;
/** What is filled in for these tells the tracks apart. */
const TELLING: readonly string[] = ['track', 'revision', ...CLUSTER_PLACEHOLDERS];

/** Why a query cannot be filled in, whatever the values are; undefined when it may be. */
export function templateProblem(query: string): QueryProblem | undefined {
  for (const { name, isQuoted } of placeholdersIn(query)) {
    if (placeholderOf(name) === undefined) return unknownPlaceholder(name);
    if (name === 'revision' && !isQuoted) {
      const hint = 'put it in quotes, as in {rev="{{revision}}"}';
      return { reason: '{{revision}} cannot stand outside quotes', hint };
    }
  }
  return undefined;
}

/** Why a query cannot be a counter; undefined when it may be one. */
export function counterProblem(query: string): QueryProblem | undefined {
  const code = piecesOf(query)
    .map(({ kind, text }) => (kind === 'code' ? text : '""'))
    .join('');
  const speed = SPEEDS.exec(code)?.[1];
  if (speed === undefined) return undefined;
  const hint = 'name the counter itself, as in jobs_total{rev="{{revision}}"}; coalmine takes the difference';
  return { reason: `${speed}() gives a speed, where a counter is wanted`, hint };
}

/** Why a query cannot compare the tracks: it asks the same of both; undefined when it may. */
export function comparisonProblem(query: string): QueryProblem | undefined {
  if (placeholdersIn(query).some(({ name }) => TELLING.includes(name))) return undefined;
  const hint = 'tell them apart, as in {rev="{{revision}}"}';
  return { reason: 'asks the same of the canary and of stable, so nothing can be compared', hint };
}

/** What is said of a placeholder that is none. */
export function unknownPlaceholder(name: string): QueryProblem {
  const near = closest(name, PLACEHOLDERS);
  const names = PLACEHOLDERS.map((one) => `{{${one}}}`).join(' ');
  const hint = near === undefined ? 'use one of these' : `did you mean {{${near}}}?`;
  return { reason: `{{${name}}} is none of ${names}`, hint };
}

/** The placeholders in a query that only a cluster can fill. */
export function clusterPlaceholdersIn(query: string): readonly (typeof CLUSTER_PLACEHOLDERS)[number][] {
  const used = placeholdersIn(query).map(({ name }) => name);
  return CLUSTER_PLACEHOLDERS.filter((one) => used.includes(one));
}

interface Written {
  readonly name: string;
  readonly isQuoted: boolean;
}

function placeholdersIn(query: string): readonly Written[] {
  return piecesOf(query).flatMap(({ kind, text }: Piece) =>
    kind === 'comment'
      ? []
      : [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => ({ name, isQuoted: kind === 'string' })),
  );
}
