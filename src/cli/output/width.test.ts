import { Unicode11Addon } from '@xterm/addon-unicode11';
import { Terminal } from '@xterm/headless';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fit, plain, widthOf } from './text.ts';

const COLUMNS = 400;
const SAMPLES = [
  'plain',
  'ünïcödé',
  '部署を見る',
  '배포',
  'ｆｕｌｌ ﾊﾝｶｸ',
  'e\u0301a\u0308',
  '😀 🚀 ✅ ⚠',
  '▁▂█ ✓▸·×→',
  'नमस्ते',
];
/** What people write: terminals disagree about what hardly anybody does. */
const characters = fc.constantFrom(...SAMPLES.flatMap((text) => Array.from(text)));

/** Where the cursor of a terminal stands after these texts, each on a line of its own. */
async function cursorAfter(text: string): Promise<number> {
  const terminal = new Terminal({ cols: COLUMNS, rows: 2, allowProposedApi: true });
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  await new Promise<void>((resolve) => {
    terminal.write(text, resolve);
  });
  return terminal.buffer.active.cursorX;
}

it.each(SAMPLES)('%s takes as many columns as a terminal gives it', async (text) => {
  expect(widthOf(plain(text))).toBe(await cursorAfter(plain(text)));
});

it('whatever is written of them, and however it is cut, takes as many columns as a terminal gives it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(characters, { maxLength: 60 }),
      fc.integer({ min: 1, max: 80 }),
      async (parts, width) => {
        const text = fit(plain(parts.join('')), width);
        expect(widthOf(text)).toBe(await cursorAfter(text));
        expect(widthOf(text)).toBeLessThanOrEqual(width);
      },
    ),
    { numRuns: 50 },
  );
});
