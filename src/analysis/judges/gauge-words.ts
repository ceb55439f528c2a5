import type { Metric } from '../../rollout/model.ts';
import type { Forecast } from '../stats/forecast.ts';
import { counted, figure } from '../words.ts';
import type { Sight } from './conclusion.ts';
import type { GaugeCheck, GaugeSight } from './gauge-look.ts';
import { quantity } from './quantity.ts';

/** What a check of a gauge saw. `minutesAhead`: how long until the first look. */
export function gaugeStory(check: GaugeCheck, seen: GaugeSight | undefined, minutesAhead: number): Sight {
  if (seen === undefined) {
    const first = `units are first compared after ${counted(minutesAhead, 'more minute')} with values on both tracks`;
    return { story: first, samples: 0 };
  }
  const { candidate, control, candidates, controls, effect } = seen;
  const value = wordsOf(check.metric);
  const noun = nounOf(check.metric);
  const here = `${value(candidate)} on average over ${amount(candidates, noun)} of the canary`;
  const there = `${value(control)} over ${figure(controls)} of stable`;
  const parts = [
    `${here} against ${there}`,
    growthStory(check, seen),
    forecastStory(check, seen),
    doubt(seen, noun),
  ];
  const story = parts.filter((part) => part !== '').join(', ');
  return { story, samples: candidates, candidate, control, ...(effect === undefined ? {} : { effect }) };
}

function growthStory({ metric, judge }: GaugeCheck, { growth, control }: GaugeSight): string {
  const tolerated = (judge.worseBy * control) / 60;
  if (growth === undefined || Math.abs(growth.candidate - growth.control) <= tolerated) return '';
  const value = wordsOf(metric);
  const change = (slope: number, [up, down]: readonly [string, string]): string =>
    `${slope < 0 ? down : up} by ${value(Math.abs(slope))}`;
  const here = change(growth.candidate, ['growing', 'shrinking']);
  return `${here} a minute while stable ${change(growth.control, ['grows', 'shrinks'])}`;
}

function forecastStory({ metric, judge }: GaugeCheck, { forecast }: GaugeSight): string {
  const { exhaustion } = judge;
  if (exhaustion === undefined || forecast === undefined) return '';
  const limit = wordsOf(metric)(exhaustion.limit);
  if (forecast.minutes === 0) return `the limit of ${limit} is reached`;
  const isSoon = forecast.soonest * 60_000 <= exhaustion.withinMs;
  return isSoon ? `at this growth one reaches ${limit} in about ${whenStory(forecast)}` : '';
}

/** As in `47 min (31–90)`. */
function whenStory({ minutes, soonest, latest }: Forecast): string {
  const { name, length } = timeUnitOf(minutes);
  const time = (value: number): string => figure(Number((value / length).toPrecision(2)));
  return `${time(minutes)} ${name} (${time(soonest)}${latest === undefined ? ' or more' : `–${time(latest)}`})`;
}

function timeUnitOf(minutes: number): { readonly name: string; readonly length: number } {
  if (minutes < 120) return { name: 'min', length: 1 };
  return minutes < 48 * 60 ? { name: 'h', length: 60 } : { name: 'days', length: 24 * 60 };
}

function doubt({ candidates, controls }: GaugeSight, { one }: Noun): string {
  if (candidates > 1 || controls > 1) return '';
  return `with one ${one} on each side how much they differ by chance is assumed, not known`;
}

interface Noun {
  readonly one: string;
  readonly many: string;
}

const PROCESS: Noun = { one: 'process', many: 'processes' };
const POD: Noun = { one: 'pod', many: 'pods' };
const SERIES: Noun = { one: 'series', many: 'series' };

function nounOf(metric: Metric): Noun {
  const per = metric.kind === 'usage' ? 'process' : metric.kind === 'value' ? metric.per : undefined;
  if (per === undefined) return SERIES;
  return per === 'pod' ? POD : PROCESS;
}

function amount(count: number, { one, many }: Noun): string {
  return `${figure(count)} ${count === 1 ? one : many}`;
}

function wordsOf(metric: Metric): (value: number) => string {
  const isCpu = metric.kind === 'usage' && metric.of === 'cpu';
  return (value) => `${quantity(metric, value)}${isCpu ? ' cores' : ''}`;
}
