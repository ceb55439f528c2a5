// `npm run pictures` takes the pictures of docs/guides/dashboard.md, of a real release.
import { withBundled } from './bundled.mjs';

await withBundled('scripts/pictures.ts', ({ takePictures }) => takePictures('docs/guides/pictures'));
