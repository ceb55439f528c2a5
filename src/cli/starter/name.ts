/** A name that a Rollout may have, from any. */
export function nameFrom(text: string, otherwise = 'app'): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return name === '' ? otherwise : name;
}
