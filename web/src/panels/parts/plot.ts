import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { Failure, messageOf, timeOfDay } from '../../../../src/client/browser.ts';
import type { Drawn } from '../numbers/thin.ts';
import { dashesOf } from './dashes.ts';

const HEIGHT = 200;

/** What a plot needs to know of its surroundings. */
export interface PlotSettings {
  readonly names: readonly string[];
  /** A value as it is written beside the axis. */
  readonly written: (value: number) => string;
  /** A horizontal line that something is to stay below; absent: none. */
  readonly limit?: number;
  /** The colour of a line, of text and of the grid, as the page has them now. */
  readonly colorOf: (what: number | 'text' | 'grid') => string;
  /** Somebody has marked this time, in seconds. */
  readonly onMarked: (from: number, to: number) => void;
  /** The moment under the pointer, in seconds; undefined: none. */
  readonly onPointed: (at: number | undefined) => void;
}

/** What draws lines. */
export type PlotMaker = typeof uPlot;

/**
 * Gets ready what draws lines, once. It comes by itself: before it can draw it has the browser read how numbers and times
 * are written everywhere, as much work as all else at the start of the pages, and most pages draw nothing.
 */
export async function loadPlots(): Promise<PlotMaker> {
  try {
    return (await import('uplot')).default;
  } catch (cause) {
    throw new Failure('unreachable', `what draws pictures of lines did not arrive: ${messageOf(cause)}`, {
      hint: 'Load the page again. The table says the same.',
      cause,
    });
  }
}

/** Draws lines into an element; what it draws is for the eye alone. */
export function createPlot(Plot: PlotMaker, element: HTMLElement, settings: PlotSettings): uPlot {
  return new Plot(optionsOf(element.clientWidth, settings), emptyOf(settings.names.length), element);
}

/** Shows other points, from one moment to another. */
export function showIn(plot: uPlot, drawn: Drawn, [from, to]: readonly [number, number]): void {
  plot.batch(() => {
    // uPlot reads and never writes these lists.
    plot.setData(drawn as uPlot.AlignedData, false);
    plot.setScale('x', { min: from, max: to });
  });
}

/** Fits the plot to the width it has now. */
export function fitTo(plot: uPlot, width: number): void {
  if (width > 0 && width !== plot.width) plot.setSize({ width, height: HEIGHT });
}

function emptyOf(lines: number): uPlot.AlignedData {
  return [[], ...Array.from({ length: lines }, () => [])];
}

function optionsOf(width: number, settings: PlotSettings): uPlot.Options {
  const { names, limit, colorOf, written } = settings;
  const axis: uPlot.Axis = {
    stroke: () => colorOf('text'),
    grid: { stroke: () => colorOf('grid'), width: 1 },
    ticks: { stroke: () => colorOf('grid'), width: 1 },
  };
  return {
    width: Math.max(width, 1),
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
    scales: { y: { range: (_, low, high) => rangeOf(low, high, limit) } },
    axes: [
      { ...axis, space: 90, values: (_, moments) => moments.map((at) => timeOfDay(at * 1_000)) },
      { ...axis, size: 64, values: (_, values) => values.map(written) },
    ],
    series: [
      {},
      ...names.map((label, index) => ({
        label,
        stroke: () => colorOf(index),
        width: 1.5,
        dash: [...dashesOf(index)],
        points: { show: false },
      })),
    ],
    hooks: hooksOf(settings),
  };
}

/** From 0, so that heights can be compared. */
function rangeOf(low: number | null, high: number | null, limit = 0): [number, number] {
  const top = Math.max(high ?? 0, limit);
  return [Math.min(0, low ?? 0), top === 0 ? 1 : top * 1.08];
}

function hooksOf({ limit, colorOf, onMarked, onPointed }: PlotSettings): uPlot.Hooks.Arrays {
  return {
    setSelect: [
      (plot) => {
        const { left, width } = plot.select;
        if (width > 3) onMarked(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
      },
    ],
    setCursor: [
      ({ cursor, data }) => {
        onPointed(cursor.idx === null || cursor.idx === undefined ? undefined : data[0][cursor.idx]);
      },
    ],
    draw:
      limit === undefined
        ? []
        : [
            (plot) => {
              drawLimit(plot, limit, colorOf('text'));
            },
          ],
  };
}

function drawLimit(plot: uPlot, limit: number, color: string): void {
  const { ctx, bbox } = plot;
  const y = Math.round(plot.valToPos(limit, 'y', true));
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = devicePixelRatio * 2;
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
