import { delimited, double, nested, signed, signedList, whole, type Field } from './protobuf.ts';

/** The native histograms of one metric, as a client library would expose them. */
export interface NativeFamily {
  readonly name: string;
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly histograms: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly values: readonly number[];
  }[];
}

/** A family in the delimited protobuf exposition format (io.prometheus.client.MetricFamily). */
export function nativeFamily(family: NativeFamily): Buffer {
  const metrics = family.histograms.map(({ labels, values }) =>
    nested(4, [
      ...Object.entries(labels).map(([name, value]) => nested(1, [nested(1, name), nested(2, value)])),
      nested(7, histogram(family, values)),
    ]),
  );
  const HISTOGRAM = 4;
  return delimited([nested(1, family.name), whole(3, HISTOGRAM), ...metrics]);
}

function histogram({ schema, zeroThreshold }: NativeFamily, values: readonly number[]): readonly Field[] {
  const zeros = values.filter((value) => value <= zeroThreshold).length;
  const counts = new Map<number, number>();
  for (const value of values.filter((one) => one > zeroThreshold)) {
    const index = Math.ceil(Math.log2(value) * 2 ** schema - 1e-9);
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  const ordered = [...counts].sort(([a], [b]) => a - b);
  return [
    whole(1, values.length),
    double(
      2,
      values.reduce((sum, value) => sum + value, 0),
    ),
    signed(5, schema),
    double(6, zeroThreshold),
    whole(7, zeros),
    ...spans(ordered.map(([index]) => index)),
    signedList(
      13,
      ordered.map(([, count], i) => count - (ordered[i - 1]?.[1] ?? 0)),
    ),
  ];
}

/** Each bucket is a span of its own: how far after the one before it, and one long. */
function spans(indexes: readonly number[]): readonly Field[] {
  return indexes.map((index, i) => {
    const before = indexes[i - 1];
    return nested(12, [signed(1, before === undefined ? index : index - before - 1), whole(2, 1)]);
  });
}
