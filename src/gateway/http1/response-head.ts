const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Connection options that name no field, and the one field that must stay. */
const PERSISTENCE = new Set(['close', 'keep-alive', 'content-length']);

/** A workload's response fields as they go to the client: name, value, name, value, … without hop-by-hop fields. */
export function responseHeaders(raw: readonly Buffer[], status: number): string[] {
  const headers: string[] = [];
  const dropped: string[] = status === 204 || status === 101 ? ['content-length'] : [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = text(raw[i]);
    const lower = name.toLowerCase();
    const value = text(raw[i + 1]);
    if (!HOP_BY_HOP.has(lower)) headers.push(name, value);
    else if (lower === 'connection') dropped.push(...namedIn(value));
    else if (lower === 'transfer-encoding') dropped.push('content-length');
  }
  return dropped.length === 0 ? headers : withoutFields(headers, dropped);
}

/** The head that opens a WebSocket, with fields of the gateway's own. */
export function switchingHead(raw: readonly Buffer[], extraHeaders: readonly string[]): string {
  const fields = [
    'Connection',
    'Upgrade',
    'Upgrade',
    'websocket',
    ...responseHeaders(raw, 101),
    ...extraHeaders,
  ];
  const lines = fields.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${fields[i + 1] ?? ''}`] : []));
  return ['HTTP/1.1 101 Switching Protocols', ...lines, '', ''].join('\r\n');
}

/** The fields a Connection field declares to be for one connection only. */
function namedIn(connection: string): string[] {
  const tokens = connection.toLowerCase().split(',');
  return tokens.map((token) => token.trim()).filter((token) => !PERSISTENCE.has(token));
}

function withoutFields(headers: readonly string[], dropped: readonly string[]): string[] {
  return headers.filter((_, i) => !dropped.includes((headers[i - (i % 2)] ?? '').toLowerCase()));
}

function text(bytes: Buffer | undefined): string {
  return bytes === undefined ? '' : bytes.toString('latin1');
}
