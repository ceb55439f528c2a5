import { createPrivateKey } from 'node:crypto';
import { alternativeNames, CONTEXT, der, oid, publicKeyInfo, signed, TAG } from './der.ts';

const EXTENSION_REQUEST = '2a864886f70d01090e';

/** A request for a certificate for `host` (PKCS #10, RFC 2986) in DER, signed with its key on P-256. */
export function signingRequest(host: string, keyPem: string): Buffer {
  const key = createPrivateKey(keyPem);
  const extension = alternativeNames([der(TAG.dnsName, Buffer.from(host, 'ascii'))]);
  const request = der(TAG.sequence, oid(EXTENSION_REQUEST), der(TAG.set, der(TAG.sequence, extension)));
  const info = der(
    TAG.sequence,
    der(TAG.integer, Buffer.of(0)),
    // No subject: the names are what counts.
    der(TAG.sequence),
    publicKeyInfo(key),
    der(CONTEXT, request),
  );
  return signed(info, key);
}
