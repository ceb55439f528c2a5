import { Failure } from '../../../base/failure.ts';

/** True for an https URL, and for an http one of this machine. */
export function isProtected(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isHere = ['127.0.0.1', 'localhost', '[::1]'].includes(parsed?.hostname ?? '');
  return parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && isHere);
}

/** Throws Failure `usage` for an issuer that anybody on the way could answer for. */
export function refuseUnprotected(issuer: string): void {
  if (isProtected(issuer)) return;
  throw new Failure('usage', `the issuer ${issuer.slice(0, 200)} is not an https URL`, {
    hint: 'over http, anybody on the way could make tokens',
  });
}
