/** Nothing of another place, no script, and in no frame. */
const POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What a person reads whose link does not let him in. */
export function entryPage(status: number, why: string): Response {
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>coalmine</title>
<h1>This link does not let you in</h1>
<p>${why}</p>
<p>A new one is printed by <code>coalmine dashboard</code>, on the machine that coalmine runs on.</p>
<p><a href="/">Log in with a token</a></p>
</html>
`;
  return new Response(html, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY },
  });
}
