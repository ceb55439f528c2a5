import { createPublicKey, sign, type KeyObject } from 'node:crypto';

/** Tags of DER (X.690), as far as they are needed. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** Of a general name: a host, an address. */
  dnsName: 0x82,
  ipAddress: 0x87,
} as const;

/** What `[n]` is written as, around something whole. */
export const CONTEXT = 0xa0;

/** Object identifiers, encoded. */
const ECDSA_WITH_SHA256 = '2a8648ce3d040302';
const SUBJECT_ALT_NAME = '551d11';

/** A value with its tag and length. */
export function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content]);
}

/** An object identifier, of its encoding in hexadecimal. */
export function oid(hex: string): Buffer {
  return der(TAG.objectId, Buffer.from(hex, 'hex'));
}

/** A bit string of whole bytes, of which the last may have bits that are not used. */
export function bitString(bytes: Buffer, unusedBits = 0): Buffer {
  return der(TAG.bitString, Buffer.of(unusedBits), bytes);
}

/** The way of signing that `signed` uses. */
export function signatureAlgorithm(): Buffer {
  return der(TAG.sequence, oid(ECDSA_WITH_SHA256));
}

/** What is signed, how, and the signature; the key is one on P-256. */
export function signed(content: Buffer, key: KeyObject): Buffer {
  const signature = sign('sha256', content, { key, dsaEncoding: 'der' });
  return der(TAG.sequence, content, signatureAlgorithm(), bitString(signature));
}

/** The public half of a private key. */
export function publicKeyInfo(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

/** The extension that says for which names a certificate is; each is encoded with its tag. */
export function alternativeNames(names: readonly Buffer[]): Buffer {
  return der(TAG.sequence, oid(SUBJECT_ALT_NAME), der(TAG.octetString, der(TAG.sequence, ...names)));
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes]);
}
