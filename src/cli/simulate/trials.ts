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

/** `errors 5%` or `latency +30%`. */
function harmOf(text: string): Harm {
  const words = text.trim().replace(/\s+/g, ' ');
  const [, errors] = /^errors (\d+(?:\.\d+)?%)$/.exec(words) ?? [];
  const share = errors === undefined ? undefined : parseShare(errors);
  if (share !== undefined && share > 0) return { words, errorRatio: fractionOf(share), slowness: 1 };
  const [, slower] = /^latency \+(\d{1,4}(?:\.\d+)?)%$/.exec(words) ?? [];
  if (slower !== undefined && Number(slower) > 0) {
    return { words, errorRatio: 0, slowness: 1 + Number(slower) / 100 };
  }
  throw new Failure('usage', `--fault ${text} is not a way to be worse`, {
    hint: 'As in --fault "errors 5%" or --fault "latency +30%"',
  });
}
