/** A drawing that follows the reader's light or dark theme and needs nothing from outside. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** For readers who cannot see it. */
  readonly title: string;
  readonly parts: readonly string[];
}

const STYLE = `
:root{color-scheme:light dark}
text{font:12px system-ui,sans-serif;fill:#24292f}
.paper{fill:#ffffff}.quiet{fill:#57606a}.strong{font-weight:600}
.grid{stroke:#d8dee4;stroke-width:1}.limit{stroke:#57606a;stroke-width:1;stroke-dasharray:4 3}
.coalmine{--ink:#0969da}.flagger{--ink:#c2410c}.argo{--ink:#0f7b53}.kayenta{--ink:#8b3f9e}.plain{--ink:#57606a}
.full{fill:var(--ink);stroke:var(--ink);stroke-width:1.5}
.hollow{fill:none;stroke:var(--ink);stroke-width:1.75}
.line{fill:none;stroke:var(--ink);stroke-width:2}
.ink{fill:var(--ink)}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}.paper{fill:#0d1117}.quiet{fill:#9198a1}.grid{stroke:#2b3138}.limit{stroke:#9198a1}
.coalmine{--ink:#58a6ff}.flagger{--ink:#f0883e}.argo{--ink:#3fb98a}.kayenta{--ink:#d2a8ff}.plain{--ink:#9198a1}
}`;

/** The drawing as an SVG document. */
export function svgOf({ width, height, title, parts }: Drawing): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `<title>${escaped(title)}</title><style>${STYLE}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** A place in a drawing, in pixels from its upper left corner. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Text whose class may be `quiet`, `strong` or a family. */
export function label(
  { x, y }: Place,
  text: string,
  look: { readonly anchor?: 'start' | 'middle' | 'end'; readonly kind?: string } = {},
): string {
  const { anchor = 'start', kind = '' } = look;
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" class="${kind}">${escaped(text)}</text>`;
}

/** A straight line of a class. */
export function line(from: Place, to: Place, kind: string): string {
  return `<line x1="${round(from.x)}" y1="${round(from.y)}" x2="${round(to.x)}" y2="${round(to.y)}" class="${kind}"/>`;
}

/** A line through places. */
export function path(places: readonly Place[], kind: string): string {
  return `<polyline points="${places.map(({ x, y }) => `${round(x)},${round(y)}`).join(' ')}" class="${kind}"/>`;
}

/** A mark: each family has a shape as well as a colour. */
export function mark({ x, y }: Place, family: string, isFull: boolean): string {
  const kind = `${family} ${isFull ? 'full' : 'hollow'}`;
  const [cx, cy] = [round(x), round(y)];
  switch (family) {
    case 'flagger':
      return `<rect x="${round(x - 3.5)}" y="${round(y - 3.5)}" width="7" height="7" class="${kind}"/>`;
    case 'argo':
      return `<path d="M${cx} ${round(y - 4.5)}l4.5 8h-9z" class="${kind}"/>`;
    case 'kayenta':
      return `<path d="M${cx} ${round(y - 5)}l4.5 5l-4.5 5l-4.5-5z" class="${kind}"/>`;
    default:
      return `<circle cx="${cx}" cy="${cy}" r="4" class="${kind}"/>`;
  }
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
