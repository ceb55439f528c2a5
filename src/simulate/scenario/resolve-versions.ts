import { parseDuration } from '../../base/duration.ts';
import { fractionOf } from '../../base/share.ts';
import { logNormalLatency } from '../../analysis/power/traffic.ts';
import type { LogHistogram } from '../../analysis/measurement.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { itemPath } from '../../rollout/path.ts';
import {
  field,
  readDuration,
  readMargin,
  readShare,
  SHORT,
  SHORT_OR_NONE,
  tell,
  type Place,
} from '../../rollout/place.ts';
import type { Version } from './model.ts';
import { SCENARIO_DEFAULTS, type ScenarioDocument } from './schema.ts';

type WrittenVersion = ScenarioDocument['versions'][number];
type WrittenLatency = NonNullable<WrittenVersion['latency']>;

const { errors, latency, startUp, conversions } = SCENARIO_DEFAULTS;

/** Many versions answer alike: equal distributions are one object. */
type Distributions = Map<string, LogHistogram>;

/** The versions as they are written; what is not written is as in the first one. */
export function resolveVersions(
  written: readonly WrittenVersion[],
  place: Place,
): readonly [Version, ...Version[]] {
  const distributions: Distributions = new Map();
  const [first, ...others] = written;
  const usual: WrittenVersion = { name: 'v1', errors, latency, startUp, conversions, ...first };
  const resolve = (version: WrittenVersion, index: number): Version =>
    resolveVersion({ ...usual, ...version }, { ...place, path: itemPath(place.path, index) }, distributions);
  const versions = others.map((version, index) => resolve(version, index + 1));
  tellRepeated(written, place);
  return [resolve(usual, 0), ...versions];
}

function tellRepeated(written: readonly WrittenVersion[], place: Place): void {
  const names = written.map(({ name }) => name);
  names.forEach((name, index) => {
    if (names.indexOf(name) === index) return;
    const at = { ...place, path: `${itemPath(place.path, index)}.name` };
    tell(at, `another version is named ${name}`, 'give each a name of its own');
  });
}

function resolveVersion(written: WrittenVersion, place: Place, distributions: Distributions): Version {
  const { capacity, warmUp, crashAfter } = written;
  return {
    name: written.name as RevisionId,
    errorRatio: fractionOf(readShare(field(place, 'errors'), written.errors ?? errors)),
    latency: resolveLatency(written.latency ?? latency, field(place, 'latency'), distributions),
    startUpMs: readDuration(field(place, 'startUp'), written.startUp ?? startUp, SHORT_OR_NONE),
    conversionRatio: fractionOf(readShare(field(place, 'conversions'), written.conversions ?? conversions)),
    ...(capacity === undefined ? {} : { capacity }),
    ...(warmUp === undefined
      ? {}
      : {
          warmUp: {
            forMs: readDuration(field(field(place, 'warmUp'), 'for'), warmUp.for, SHORT),
            slowness: 1 + readMargin(warmUp.slower),
          },
        }),
    ...(crashAfter === undefined
      ? {}
      : { crashAfterMs: readDuration(field(place, 'crashAfter'), crashAfter, SHORT) }),
  };
}

function resolveLatency(
  { median, p99 }: WrittenLatency,
  place: Place,
  distributions: Distributions,
): LogHistogram {
  const medianMs = readDuration(field(place, 'median'), median, SHORT);
  const p99Ms = readDuration(field(place, 'p99'), p99, SHORT);
  if (p99Ms <= medianMs) tell(field(place, 'p99'), `${p99} is not longer than the median (${median})`);
  const key = `${parseDuration(median) ?? ''} ${parseDuration(p99) ?? ''}`;
  const known = distributions.get(key);
  if (known !== undefined) return known;
  const made = p99Ms > medianMs && medianMs > 0 && p99Ms < Infinity ? logNormalLatency(medianMs, p99Ms) : [];
  distributions.set(key, made);
  return made;
}
