import { createHash, generateKeyPairSync, randomBytes, X509Certificate, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import {
  alternativeNames,
  bitString,
  CONTEXT,
  der,
  oid,
  publicKeyInfo,
  signatureAlgorithm,
  signed,
  TAG,
} from '../../acme/der.ts';
import type { Lifetime } from '../../system/certificate-lifetime.ts';

/** A certificate to serve with, and who vouches for it; all in PEM. */
export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
  /** The authority that signed it, and before a change of it the one before. */
  readonly authorities: string;
}

/** Object identifiers, encoded. */
const COMMON_NAME = '550403';
const BASIC_CONSTRAINTS = '551d13';
const KEY_USAGE = '551d0f';
const EXTENDED_KEY_USAGE = '551d25';
const SUBJECT_KEY = '551d0e';
const AUTHORITY_KEY = '551d23';
const SERVER_AUTHENTICATION = '2b06010505070301';

/** Bits of the key usage, the first on the left, and how many on the right are not used. */
const SIGNS_CERTIFICATES = bitString(Buffer.of(0b0000_0100), 2);
const SIGNS = bitString(Buffer.of(0b1000_0000), 7);
const TRUE = der(TAG.boolean, Buffer.of(0xff));
const VERSION_3 = der(CONTEXT, der(TAG.integer, Buffer.of(2)));
const EXTENSIONS = CONTEXT + 3;
/** `[0]` of an authority's key, which is no value around another. */
const KEY_ID = 0x80;

/** The last year that is written with two digits. */
const LAST_SHORT_YEAR = 2049;

/**
 * A certificate for these hosts by an authority of its own, whose key nobody keeps: nothing else will ever be signed
 * with it.
 */
export function makeCertificate(hosts: readonly string[], lifetime: Lifetime): ServingCertificate {
  const authority = newKey();
  const own = newKey();
  const issuer = nameOf(`coalmine webhook authority ${randomBytes(4).toString('hex')}`);
  const common = { issuer, lifetime, signer: authority };
  const vouching = certificate({
    ...common,
    subject: issuer,
    key: authority,
    extensions: [
      extension(BASIC_CONSTRAINTS, der(TAG.sequence, TRUE), 'critical'),
      extension(KEY_USAGE, SIGNS_CERTIFICATES, 'critical'),
    ],
  });
  const serving = certificate({
    ...common,
    subject: nameOf('coalmine webhook'),
    key: own,
    extensions: [
      extension(KEY_USAGE, SIGNS, 'critical'),
      extension(EXTENDED_KEY_USAGE, der(TAG.sequence, oid(SERVER_AUTHENTICATION))),
      alternativeNames(hosts.map(generalName)),
    ],
  });
  return {
    cert: pem(serving),
    key: own.export({ type: 'pkcs8', format: 'pem' }).toString(),
    authorities: pem(vouching),
  };
}

/** True when the certificate is for all of these hosts. */
export function isFor(cert: string, hosts: readonly string[]): boolean {
  const of = new X509Certificate(cert);
  return hosts.every((host) => (isIP(host) === 0 ? of.checkHost(host) : of.checkIP(host)) !== undefined);
}

interface Contents {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly lifetime: Lifetime;
  readonly key: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
}

/** RFC 5280, section 4.1. */
function certificate({ issuer, subject, lifetime, key, signer, extensions }: Contents): Buffer {
  const serial = randomBytes(16);
  // Positive, and without a zero in front.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const contents = der(
    TAG.sequence,
    VERSION_3,
    der(TAG.integer, serial),
    signatureAlgorithm(),
    issuer,
    der(TAG.sequence, timeOf(lifetime.fromMs), timeOf(lifetime.untilMs)),
    subject,
    publicKeyInfo(key),
    der(EXTENSIONS, der(TAG.sequence, ...extensions, ...keyNames(key, signer))),
  );
  return signed(contents, signer);
}

/** By which of several authorities of one name it is. */
function keyNames(key: KeyObject, signer: KeyObject): readonly Buffer[] {
  const own = der(TAG.octetString, keyName(key));
  return [
    extension(SUBJECT_KEY, own),
    extension(AUTHORITY_KEY, der(TAG.sequence, der(KEY_ID, keyName(signer)))),
  ];
}

function keyName(key: KeyObject): Buffer {
  return createHash('sha256').update(publicKeyInfo(key)).digest().subarray(0, 20);
}

function pem(certificateInDer: Buffer): string {
  return new X509Certificate(certificateInDer).toString();
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

function nameOf(commonName: string): Buffer {
  const part = der(TAG.sequence, oid(COMMON_NAME), der(TAG.utf8, Buffer.from(commonName, 'utf8')));
  return der(TAG.sequence, der(TAG.set, part));
}

function extension(id: string, value: Buffer, weight?: 'critical'): Buffer {
  const critical = weight === undefined ? [] : [TRUE];
  return der(TAG.sequence, oid(id), ...critical, der(TAG.octetString, value));
}

function timeOf(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return new Date(ms).getUTCFullYear() > LAST_SHORT_YEAR
    ? der(TAG.generalizedTime, Buffer.from(digits, 'ascii'))
    : der(TAG.utcTime, Buffer.from(digits.slice(2), 'ascii'));
}

function generalName(host: string): Buffer {
  return isIP(host) === 0
    ? der(TAG.dnsName, Buffer.from(host, 'ascii'))
    : der(TAG.ipAddress, addressBytes(host));
}

/** An address as the bytes it stands for: four, or sixteen. */
function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = [], tail = []] = address
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const between = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  const groups = [...head, ...between, ...tail];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}
