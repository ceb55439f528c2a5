import { fit, widthOf } from '../output/text.ts';

/** How much a terminal shows. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A part of the screen in several forms. */
export interface Section {
  /** Those of lower rank get room first. */
  readonly rank: number;
  /** From the shortest to the fullest; a section without room for the first is left out. */
  readonly forms: readonly (readonly string[])[];
}

/**
 * Sections one below the other, each as full as there is room, and the foot on the last rows. No line is wider than the
 * terminal, and there are never more of them than it has.
 */
export function compose(
  sections: readonly Section[],
  foot: readonly string[],
  size: Size,
): readonly string[] {
  const shownFoot = foot.slice(-size.rows);
  const rows = size.rows - shownFoot.length;
  const bodies = divided(sections, rows).filter((lines) => lines.length > 0);
  const used = bodies.reduce((sum, lines) => sum + lines.length, 0);
  // Room that is left sets them apart, from the top on.
  const gaps = Math.min(bodies.length - 1, rows - used);
  const body = bodies.flatMap((lines, index) => (index < gaps ? [...lines, ''] : lines));
  const empty = Array.from({ length: Math.max(0, rows - body.length) }, () => '');
  return [...body, ...empty, ...shownFoot].map((line) => fit(line, size.columns));
}

/** Which form each section has: first all in their shortest, by rank, then each in the fullest that fits. */
function divided(sections: readonly Section[], rows: number): readonly (readonly string[])[] {
  const byRank = sections.toSorted((a, b) => a.rank - b.rank);
  const chosen = new Map<Section, readonly string[]>();
  let left = rows;
  const choose = (section: Section, form: readonly string[]): void => {
    left += (chosen.get(section)?.length ?? 0) - form.length;
    chosen.set(section, form);
  };
  for (const section of byRank) {
    const [shortest = []] = section.forms;
    if (shortest.length <= left) choose(section, shortest);
  }
  for (const section of byRank) {
    const room = left + (chosen.get(section)?.length ?? 0);
    const fullest = section.forms.findLast((form) => form.length <= room);
    if (chosen.has(section) && fullest !== undefined) choose(section, fullest);
  }
  return sections.map((section) => chosen.get(section) ?? []);
}

/** Parts beside each other, as many on a line as fit, the others on lines below. */
export function flow(parts: readonly string[], width: number, gap = '  '): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const longer = last === undefined ? part : `${last}${gap}${part}`;
    if (last === undefined || widthOf(longer) > width) lines.push(part);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** The lines that a list of `count` shows in each of its forms: one, two, … up to `most`. */
export function growing(
  most: number,
  linesFor: (count: number) => readonly string[],
): readonly (readonly string[])[] {
  return Array.from({ length: most }, (_, index) => linesFor(index + 1));
}

/** Where `shown` of `all` begin, so that the one at `index` is among them, with more room after it than before. */
export function windowStart(index: number, shown: number, all: number): number {
  return Math.max(0, Math.min(index - Math.floor((shown - 1) / 3), all - shown));
}
