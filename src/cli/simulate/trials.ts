import { Failure } from '../../base/failure.ts';
import { parseDuration } from '../../base/duration.ts';
import { fractionOf, parseShare } from '../../base/share.ts';
import { logNormalLatency, type Traffic } from '../../analysis/power/traffic.ts';
import { SCENARIO_DEFAULTS } from '../../simulate/scenario/schema.ts';
import { twoVersions, type Harm, type Tried, type Trial } from '../../simulate/two-versions.ts';
import { filesFor, readDeclared, type Declared } from '../documents.ts';
import { trafficFor, type TrafficOptions } from '../foresight.ts';
import { trafficWords } from '../output/foresight.ts';
import type { Session } from '../session.ts';

/** The options that say what a good and a bad version are like. */
export interface TrialOptions extends TrafficOptions {
  readonly fault?: string;
  readonly seed?: number;
  readonly until?: number;
  readonly lookEvery?: number;
}

const DEFAULT_HARM = 'errors 5%';
const LOOK_EVERY_MS = 1_000;

/** A good and a bad version of the declared Rollouts. Throws Failure `usage` and `invalidSpec`. */
export async function trialsOfTwoVersions(
  session: Session,
  options: TrialOptions,
): Promise<readonly Trial[]> {
  const harm = harmOf(options.fault ?? DEFAULT_HARM);
  const tried: Tried[] = [];
  for (const declared of await readDeclared(session, await filesFor(session, []))) {
    const seen = await seenTraffic(session, declared, options);
    const usual = { traffic: seen ?? usualTraffic(), from: seen === undefined ? 'given' : 'seen' } as const;
    const told = givesTraffic(options) ? (trafficFor(options, usual.traffic) ?? usual) : usual;
    tried.push({ rollout: declared.rollout, traffic: told.traffic, words: trafficWords(told) });
  }
  return twoVersions({
    tried,
    harm,
    seed: options.seed ?? SCENARIO_DEFAULTS.seed,
    ...(options.until === undefined ? {} : { untilMs: options.until }),
    lookEveryMs: options.lookEvery ?? LOOK_EVERY_MS,
  });
}

function givesTraffic({ traffic, errorRate, latency }: TrialOptions): boolean {
  return [traffic, errorRate, latency].some((one) => one !== undefined);
}

/** What the running coalmine has seen lately; undefined when there is none, or when all is given. */
async function seenTraffic(
  session: Session,
  { document }: Declared,
  { traffic, errorRate, latency }: TrialOptions,
): Promise<Traffic | undefined> {
  if (traffic !== undefined && errorRate !== undefined && latency !== undefined) return undefined;
  try {
    return (await (await session.client()).plan(document)).traffic;
  } catch (thrown) {
    if (!(thrown instanceof Failure) || thrown.code !== 'unreachable') throw thrown;
    return undefined;
  }
}

function usualTraffic(): Traffic {
  const { traffic, errors, latency } = SCENARIO_DEFAULTS;
  const [medianMs = 0, p99Ms = 0] = [parseDuration(latency.median), parseDuration(latency.p99)];
  const errorShare = parseShare(errors);
  return {
    requestsPerSecond: traffic,
    errorRatio: errorShare === undefined ? 0 : fractionOf(errorShare),
    latency: logNormalLatency(medianMs, p99Ms),
  };
}

/** What may be worse, and by how much: undefined for an amount that is none. */
const HARMS: readonly (readonly [form: RegExp, harm: (amount: string) => Partial<Harm> | undefined])[] = [
  [
    /^errors (\d+(?:\.\d+)?%)$/,
    (amount) => {
      const share = parseShare(amount);
      return share === undefined || share === 0 ? undefined : { errorRatio: fractionOf(share) };
    },
  ],
  [
    /^latency \+(\d{1,4}(?:\.\d+)?)%$/,
    (amount) => (Number(amount) > 0 ? { slowness: 1 + Number(amount) / 100 } : undefined),
  ],
  [
    /^conversions ([+-]\d{1,4}(?:\.\d+)?)%$/,
    (amount) => {
      const change = Number(amount) / 100;
      return change >= -1 && change !== 0 ? { conversions: 1 + change } : undefined;
    },
  ],
];

/** `errors 5%`, `latency +30%` or `conversions -10%`. */
function harmOf(text: string): Harm {
  const words = text.trim().replace(/\s+/g, ' ');
  for (const [form, harm] of HARMS) {
    const [, amount] = form.exec(words) ?? [];
    const found = amount === undefined ? undefined : harm(amount);
    if (found !== undefined) return { words, errorRatio: 0, slowness: 1, conversions: 1, ...found };
  }
  throw new Failure('usage', `--fault ${text} is not a way to be worse`, {
    hint: 'As in --fault "errors 5%", --fault "latency +30%" or --fault "conversions -10%"',
  });
}
