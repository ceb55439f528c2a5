/** The header that names the next page (RFC 8288); `path` and `query` are those of the request. */
export function linkTo(next: string, path: string, query: Readonly<Record<string, string>>): string {
  return `<${path}?${new URLSearchParams({ ...query, cursor: next }).toString()}>; rel="next"`;
}

/** The cursor of the next page that a `Link` header names; undefined: there is none. */
export function nextIn(link: string | undefined): string | undefined {
  const [, address] = /<([^>]*)>; rel="next"/.exec(link ?? '') ?? [];
  if (address === undefined) return undefined;
  return new URLSearchParams(address.slice(address.indexOf('?') + 1)).get('cursor') ?? undefined;
}
