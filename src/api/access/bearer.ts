/** A token of ours is a word; one of an identity provider or a cluster is three of them (a JWT). */
const TOKEN = /^(?:[\w-]{1,200}|[\w-]+\.[\w-]+\.[\w-]*)$/;
const MOST_CHARACTERS = 8_192;

/** True for what can be sent as a token. */
export function isToken(text: string): boolean {
  return text.length <= MOST_CHARACTERS && TOKEN.test(text);
}

/** True for a token that says itself who made it. */
export function isJwt(token: string): boolean {
  return token.includes('.');
}

/** What `WWW-Authenticate` says to who was not let in: an error only where a token was sent (RFC 6750, 3.1). */
export function challenge(authorization: string | undefined): string {
  return /^Bearer /i.test(authorization ?? '') ? 'Bearer error="invalid_token"' : 'Bearer';
}
