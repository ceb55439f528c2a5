import { html, type Markup } from '../markup.ts';

/** A point: where it is, and how high. */
export type Point = readonly [x: number, y: number];

/** What a line stands for; each has its colour and its stroke, so that none is told by its colour alone. */
export type Tone = 'candidate' | 'control' | 'harm' | 'safe' | VariantTone;

/** One of several variants, by its place among them; the style has as many as an experiment may have. */
type VariantTone = `variant-${number}`;

/** The tone of one of several variants, by its place among them. */
export function variantTone(index: number): VariantTone {
  return `variant-${index}`;
}

/** One line of a chart. */
export interface Line {
  readonly name: string;
  readonly tone: Tone;
  readonly points: readonly Point[];
}

/** Lines over one axis. */
export interface LineChart {
  /** What it shows, for those who see it and those who do not. */
  readonly title: string;
  readonly lines: readonly Line[];
  readonly x: Axis;
  readonly y: Axis;
  /** Drawn across. */
  readonly limit?: { readonly at: number; readonly name: string };
  /** Places at which a step began. */
  readonly marks?: readonly number[];
}

/** One axis: its ends, and what stands at some of its places. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly (readonly [at: number, words: string])[];
}

const [WIDTH, HEIGHT] = [640, 190];
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 626, 12, 164];

/** A chart as SVG that needs no script; `undefined` when there is nothing to draw. */
export function lineChart(chart: LineChart): Markup | undefined {
  const lines = chart.lines.filter(({ points }) => points.length > 0);
  if (lines.length === 0) return undefined;
  const [across, up] = [scaleOf(chart.x, LEFT, RIGHT), scaleOf(chart.y, BOTTOM, TOP)];
  const { limit, marks = [] } = chart;
  return html`<figure>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${chart.title}">
      ${chart.y.ticks.map(([at, words]) => rule(up(at), words))}
      ${chart.x.ticks.map(([at, words]) => below(across(at), words))} ${marks.map((at) => mark(across(at)))}
      ${limit === undefined ? undefined : limitLine(up(limit.at), limit.name)}
      ${lines.map(({ tone, points }) => drawn(tone, points, { across, up }))}
    </svg>
    <figcaption>${chart.title}: ${lines.map(({ name, tone }) => legend(name, tone))}</figcaption>
  </figure>`;
}

type Scale = (value: number) => number;

function scaleOf({ from, to }: Axis, start: number, end: number): Scale {
  const length = to - from;
  return (value) => {
    const part = length > 0 ? (value - from) / length : 0;
    return round(start + Math.min(1, Math.max(0, part)) * (end - start));
  };
}

function round(place: number): number {
  return Math.round(place * 10) / 10;
}

function rule(y: number, words: string): Markup {
  return html`<line class="rule" x1="${LEFT}" x2="${RIGHT}" y1="${y}" y2="${y}" />
    <text x="${LEFT - 6}" y="${y + 4}" class="end">${words}</text>`;
}

function below(x: number, words: string): Markup {
  return html`<text x="${x}" y="${BOTTOM + 18}" class="middle">${words}</text>`;
}

function mark(x: number): Markup {
  return html`<line class="mark" x1="${x}" x2="${x}" y1="${TOP}" y2="${BOTTOM}" />`;
}

function limitLine(y: number, name: string): Markup {
  return html`<line class="limit" x1="${LEFT}" x2="${RIGHT}" y1="${y}" y2="${y}" />
    <text x="${RIGHT - 4}" y="${y < TOP + 12 ? y + 13 : y - 5}" class="end">${name}</text>`;
}

function drawn(
  tone: Tone,
  points: readonly Point[],
  { across, up }: { readonly across: Scale; readonly up: Scale },
): Markup {
  const [only, ...others] = points;
  if (only !== undefined && others.length === 0) {
    return html`<circle class="${tone} dot" cx="${across(only[0])}" cy="${up(only[1])}" r="3" />`;
  }
  const path = points.map(([x, y]) => `${across(x)},${up(y)}`).join(' ');
  return html`<polyline class="${tone}" points="${path}" />`;
}

function legend(name: string, tone: Tone): Markup {
  return html`<span class="key">
    <svg viewBox="0 0 24 8" aria-hidden="true"><line class="${tone}" x1="0" x2="24" y1="4" y2="4" /></svg>
    ${name}</span
  >`;
}
