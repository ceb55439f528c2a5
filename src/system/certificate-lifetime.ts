import { X509Certificate } from 'node:crypto';

/** How long a certificate counts: wall clock, milliseconds since 1970. */
export interface Lifetime {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** How long a certificate counts, the first of a chain in PEM. Throws for what is none. */
export function lifetimeOf(cert: string | X509Certificate): Lifetime {
  const { validFrom, validTo } = typeof cert === 'string' ? new X509Certificate(cert) : cert;
  return { fromMs: Date.parse(validFrom), untilMs: Date.parse(validTo) };
}
