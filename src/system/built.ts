import { fileURLToPath } from 'node:url';

/** The path of what was built, which lies beside the built command. */
export function built(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}
