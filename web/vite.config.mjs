import { fileURLToPath } from 'node:url';

/** Browsers that know `light-dark()`, from spring of 2024 on. */
const BROWSERS = ['chrome123', 'firefox120', 'safari17.5'];

/** How the pages are bundled: into dist/web, beside the command that serves them. */
export const dashboardBuild = {
  configFile: false,
  root: fileURLToPath(new URL('.', import.meta.url)),
  logLevel: 'warn',
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: BROWSERS,
    // No data: URLs, since pages may load from their own server alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: 'licenses.md' },
    reportCompressedSize: false,
  },
};
