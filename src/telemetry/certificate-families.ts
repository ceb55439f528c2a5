import type { Family, Labels } from './metrics.ts';

/** A certificate that is shown to clients: how long it counts, in milliseconds since 1970. */
export interface ShownCertificate {
  readonly labels: Labels;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** From when until when the certificates count that a server shows. Both are told, as a short one is renewed late. */
export function certificateFamilies(
  server: 'gateway' | 'api' | 'webhook',
  shown: readonly ShownCertificate[],
): readonly Family[] {
  const family = (
    end: 'before' | 'after',
    help: string,
    valueOf: (one: ShownCertificate) => number,
  ): Family => ({
    name: `coalmine_${server}_certificate_not_${end}_timestamp_seconds`,
    type: 'gauge',
    help,
    samples: shown.map((one) => ({ labels: one.labels, value: valueOf(one) / 1_000 })),
  });
  return [
    family('before', 'When a certificate that is shown begins to count, since 1970.', ({ fromMs }) => fromMs),
    family('after', 'When a certificate that is shown ends, since 1970.', ({ untilMs }) => untilMs),
  ];
}
