import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';

/** What an account signs its requests with: ECDSA on P-256 (`ES256`). */
export interface AccountKey {
  /** PKCS #8 in PEM. */
  readonly pem: string;
  readonly jwk: PublicJwk;
  /** Names the key (RFC 7638). */
  readonly thumbprint: string;
  sign(text: string): string;
}

/** The public half, with its members in the order that a thumbprint is made of. */
export interface PublicJwk {
  readonly crv: string;
  readonly kty: string;
  readonly x: string;
  readonly y: string;
}

/** A fresh key for an account or a certificate, as PKCS #8 in PEM. */
export function newKeyPem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Reads what `newKeyPem` wrote; throws for anything else. */
export function accountKey(pem: string): AccountKey {
  const key = createPrivateKey(pem);
  const jwk = publicJwk(key);
  return {
    pem,
    jwk,
    thumbprint: createHash('sha256').update(JSON.stringify(jwk)).digest('base64url'),
    sign: (text) =>
      sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url'),
  };
}

function publicJwk(key: KeyObject): PublicJwk {
  const { crv, kty, x, y } = createPublicKey(key).export({ format: 'jwk' });
  if (crv !== 'P-256' || kty === undefined || x === undefined || y === undefined)
    throw new Error('not a key on the curve P-256');
  return { crv, kty, x, y };
}
