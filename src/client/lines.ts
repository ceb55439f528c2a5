/** The lines of a body as they arrive, without their ends. A last line without an end is incomplete and left out. */
export async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}

/** One server-sent event. */
export interface SentEvent {
  readonly id?: string;
  readonly event: string;
  readonly data: string;
}

/** The events of a `text/event-stream`; comments are left out. */
export async function* sentEventsOf(body: AsyncIterable<Uint8Array>): AsyncIterable<SentEvent> {
  let fields: Partial<SentEvent> = {};
  for await (const line of linesOf(body)) {
    if (line !== '') {
      fields = withField(fields, line);
      continue;
    }
    const { data, event = 'message', ...rest } = fields;
    fields = {};
    if (data !== undefined) yield { ...rest, event, data };
  }
}

function withField(fields: Partial<SentEvent>, line: string): Partial<SentEvent> {
  const [, name, value = ''] = /^(id|event|data): ?(.*)$/.exec(line) ?? [];
  if (name === undefined) return fields;
  const isContinued = name === 'data' && fields.data !== undefined;
  return { ...fields, [name]: isContinued ? `${fields.data ?? ''}\n${value}` : value };
}
