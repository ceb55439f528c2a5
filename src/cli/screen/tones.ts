import type { Paint } from '../output/paint.ts';

type Tone = Paint['green'];

/** The colour of each track, in the order of the tracks; its name says the same beside it. */
export function tonesOf(tracks: readonly string[], paint: Paint): readonly Tone[] {
  const tones: readonly Tone[] = [paint.cyan, paint.magenta, paint.yellow];
  const others = tracks.filter((track) => track !== 'stable');
  return tracks.map((track) =>
    track === 'stable' ? paint.green : (tones[others.indexOf(track) % tones.length] ?? paint.cyan),
  );
}
