/** How lines are told apart without colour, by their index: strokes and gaps in pixels. As many as there are colours. */
export const DASHES: readonly (readonly number[])[] = [
  [],
  [8, 4],
  [2, 3],
  [10, 3, 2, 3],
  [4, 8],
  [14, 4],
  [10, 3, 2, 3, 2, 3],
  [1, 6],
  [16, 4, 6, 4],
  [20, 8],
];

/** The strokes and gaps of a line; of more lines than there are colours none has both from another. */
export function dashesOf(index: number): readonly number[] {
  return DASHES[(index + Math.floor(index / DASHES.length)) % DASHES.length] ?? [];
}

/** The same for a line of SVG. */
export function dashOf(index: number): { readonly 'stroke-dasharray'?: string } {
  const dash = dashesOf(index);
  return dash.length === 0 ? {} : { 'stroke-dasharray': dash.join(' ') };
}
