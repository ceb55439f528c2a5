/** Every exit status and what it tells; scripts may rely on them. */
export const EXIT_STATUSES: readonly (readonly [status: number, meaning: string])[] = [
  [0, 'done, or accepted where the command does not wait'],
  [1, 'a bug in coalmine, or its own state or disk failed; `doctor`: something has to be mended'],
  [2, 'wrong usage, an invalid file, artefact or plan; nothing was changed'],
  [3, 'the release ended otherwise than promoted; `analyze`: it is bad'],
  [4, '`--timeout` is over; the release goes on'],
  [5, 'coalmine is not running'],
  [6, 'conflict: it is taken, changed meanwhile, or a version that was rejected before'],
  [7, 'there is no such thing'],
  [8, 'not permitted'],
  [130, 'detached by Ctrl-C; the release goes on'],
];
