import { useSignal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { Problem } from '../../parts/problem.tsx';
import { drawnTogether } from '../numbers/lines.ts';
import { marked, spanOf, zoomed, type Range, type Span } from '../numbers/range.ts';
import type { ChartProps } from './chart.tsx';
import { DASHES } from './dashes.ts';
import { createPlot, fitTo, loadPlots, showIn, type PlotMaker } from './plot.ts';

/** How much closer a turn of the wheel comes. */
const WHEEL = 0.8;

interface PictureProps extends ChartProps {
  readonly whole: Span;
  readonly range: Signal<Range>;
  readonly onPointed: (at: number | undefined) => void;
}

/** The lines as a picture, for those who see it: dragging marks a part of time, the wheel with Ctrl zooms. */
export function Picture(props: PictureProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const { maker, thrown } = usePlotMaker();
  useEffect(() => {
    const element = place.current;
    if (element === null || maker === undefined) return;
    const made = plotIn(element, maker, latest);
    plot.current = made;
    const draw = (): void => {
      fitTo(made, element.clientWidth);
      drawPart(made, latest.current);
    };
    const sizes = new ResizeObserver(draw);
    sizes.observe(element);
    const leave = onThemeChange(draw);
    return () => {
      sizes.disconnect();
      leave();
      made.destroy();
    };
  }, [maker, props.names.join('\n')]);
  useEffect(() => {
    if (plot.current !== undefined) drawPart(plot.current, latest.current);
  }, [props.version, props.range.value, props.parts.length]);
  if (thrown !== undefined) return <Problem thrown={thrown} />;
  return (
    <div
      ref={place}
      class="chart-picture"
      aria-hidden="true"
      onWheel={(event) => {
        zoom(event, props);
      }}
    />
  );
}

/** What draws, as soon as it is there. */
function usePlotMaker(): { readonly maker?: PlotMaker; readonly thrown?: unknown } {
  const loaded = useSignal<{ readonly maker?: PlotMaker; readonly thrown?: unknown }>({});
  useEffect(() => {
    loadPlots().then(
      (maker) => {
        loaded.value = { maker };
      },
      (thrown: unknown) => {
        loaded.value = { thrown };
      },
    );
  }, [loaded]);
  return loaded.value;
}

function plotIn(element: HTMLElement, maker: PlotMaker, latest: { readonly current: PictureProps }): uPlot {
  const { names, written, limit } = latest.current;
  const plot = createPlot(maker, element, {
    names,
    written,
    ...(limit === undefined ? {} : { limit: limit.at }),
    colorOf: (what) => colorIn(element, what),
    onMarked: (from, to) => {
      const part = marked(from, to, latest.current.whole);
      if (part !== undefined) latest.current.range.value = part;
      plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    },
    onPointed: (at) => {
      latest.current.onPointed(at);
    },
  });
  return plot;
}

function drawPart(plot: uPlot, { parts, names, range, whole }: PictureProps): void {
  const span = spanOf(range.value, whole);
  showIn(plot, drawnTogether(parts, names, { from: span[0], to: span[1], pixels: plot.width }), span);
}

/** The colour that the page gives to a line, or to what is around them. */
function colorIn(element: HTMLElement, what: number | 'text' | 'grid'): string {
  return getComputedStyle(element).getPropertyValue(
    typeof what === 'number' ? `--line-${what % DASHES.length}` : `--chart-${what}`,
  );
}

function zoom(event: WheelEvent, { range, whole }: PictureProps): void {
  // Without Ctrl the wheel moves the page.
  if (!event.ctrlKey || !(event.currentTarget instanceof HTMLElement)) return;
  event.preventDefault();
  const over = event.currentTarget.querySelector('.u-over')?.getBoundingClientRect();
  if (over === undefined || over.width === 0) return;
  const [from, to] = spanOf(range.value, whole);
  const around = from + ((event.clientX - over.left) / over.width) * (to - from);
  range.value = zoomed(range.value, whole, { times: event.deltaY < 0 ? WHEEL : 1 / WHEEL, around });
}

/** Tells when light becomes dark, by the machine or by the page; answers how to be told no more. */
function onThemeChange(tell: () => void): () => void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const page = new MutationObserver(tell);
  page.observe(document.documentElement, { attributes: true });
  dark.addEventListener('change', tell);
  return () => {
    page.disconnect();
    dark.removeEventListener('change', tell);
  };
}
