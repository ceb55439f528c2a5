import { existsSync, renameSync } from 'node:fs';

/** Moves a file that cannot be used out of the way, beside where it was; answers its new path. */
export function moveAside(path: string): string {
  const aside = freeName(`${path}.corrupt-`);
  renameSync(path, aside);
  return aside;
}

function freeName(prefix: string): string {
  for (let n = 1; ; n += 1) {
    if (!existsSync(`${prefix}${n}`)) return `${prefix}${n}`;
  }
}
