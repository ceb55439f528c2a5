import { gunzipSync, gzipSync } from 'node:zlib';
import { Failure } from '../../base/failure.ts';

/** Above so many characters a text is packed. */
const PLAIN_LIMIT = 4_096;
const PACKED = 'gz:';
/** What one object may hold without being refused by etcd, with room for the rest of it. */
const LONGEST = 1_000_000;

/** A text as a field of an object keeps it. Throws Failure `tooLarge`. */
export function packed(text: string): string {
  const written = text.length <= PLAIN_LIMIT ? text : `${PACKED}${gzipSync(text).toString('base64')}`;
  if (written.length <= LONGEST) return written;
  throw new Failure('tooLarge', `what is remembered takes ${written.length} characters, and ${LONGEST} fit`, {
    hint: 'end the release, or judge it by fewer checks',
  });
}

/** The text that was packed. Throws for what is damaged. */
export function unpacked(written: string): string {
  if (!written.startsWith(PACKED)) return written;
  return gunzipSync(Buffer.from(written.slice(PACKED.length), 'base64')).toString('utf8');
}
