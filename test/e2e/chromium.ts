import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { hasTool } from '../tools.ts';

/** False, loudly, where Debian's Chromium is not there. */
export const HAS_CHROMIUM = hasTool('chromium', 'chromium');

/** Starts Debian's Chromium without a window. */
export function launchChromium(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', ...args] });
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe has against a page, or a part of it, a line each. Goes in beside the page's own policy for scripts. */
export async function axeComplaints(page: Page, selector = 'body'): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults, string>(`axe.run(${JSON.stringify(selector)})`, '');
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html} ${failureSummary ?? ''}`),
  );
}
