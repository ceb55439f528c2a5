/** The names that are read when no file is named, of those in a directory. */
export const USUAL_FILES: readonly string[] = [
  'coalmine.yaml',
  'coalmine.yml',
  'coalmine.json',
  ...['coalmine', 'coalmine.config'].flatMap((name) =>
    ['ts', 'mts', 'js', 'mjs'].map((ending) => `${name}.${ending}`),
  ),
];

/** True for a file that is run to learn what it declares. */
export function isProgramFile(file: string): boolean {
  return /\.[cm]?[jt]s$/i.test(file);
}
