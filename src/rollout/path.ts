/** Keys and positions that lead from a document to a value in it. */
export type Segments = readonly (string | number)[];

/** `spec.env["my.key"]` for the value under `key` of the value at `path`. */
export function keyPath(path: string, key: string): string {
  if (!/^[^."[\]=\s]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

/** `spec.weights[1]` for an item of the list at `path`. */
export function itemPath(path: string, index: number): string {
  return `${path}[${index}]`;
}

/** Takes a path apart, as in `a.b[2]["c.d"]`; undefined when it is not one. */
export function parsePath(path: string): Segments | undefined {
  const segments: (string | number)[] = [];
  const part = /\.?([^."[\]=\s]+)|\[(\d{1,9})\]|\[("(?:[^"\\]|\\.)*")\]/y;
  while (part.lastIndex < path.length) {
    const [, key, index, quoted] = part.exec(path) ?? [];
    const segment = key ?? (index === undefined ? unquote(quoted) : Number(index));
    if (segment === undefined) return undefined;
    segments.push(segment);
  }
  return segments;
}

function unquote(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}
