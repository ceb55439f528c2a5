import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { hasTool } from '../tools.ts';

/** False, loudly, where Debian's Chromium is not there. */
export const HAS_CHROMIUM = hasTool('chromium', 'chromium');

/** Starts Debian's Chromium without a window. */
export function launchChromium(args: readonly string[] = []): Promise<Browser> {
  const executablePath = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();
  // As root there is no sandbox.
  return chromium.launch({ executablePath, args: ['--no-sandbox', ...args] });
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What axe finds wrong with a whole page for who uses it otherwise than by eye and mouse, a line each. Goes in beside the
 * page's own policy for scripts.
 */
export async function axeComplaints(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html} ${failureSummary ?? ''}`),
  );
}
