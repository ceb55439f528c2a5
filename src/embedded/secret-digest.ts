import { createHash, randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;

/** 256 bits from the system's source of chance, as text that may stand in a header or an address. */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/**
 * What is kept of a secret. One hash is enough: a secret is 256 bits of chance, which nobody guesses however fast a
 * guess is tried. Slow hashes are for words that people choose.
 */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
