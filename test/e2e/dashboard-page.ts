import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';
import type { Site } from './site.ts';

/** How the one who looks has his browser. */
export interface Look {
  readonly width?: number;
  readonly colours?: 'light' | 'dark';
  /** True: he has been asked about the certificate, and goes on. */
  readonly goesOn?: boolean;
}

/** A real browser, and what is wrong with the pages that it shows. */
export class Eyes {
  /** Errors of scripts, and whatever the pages' own policy has refused. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async open(): Promise<Eyes> {
    return new Eyes(await launchChromium(['--disable-dev-shm-usage']));
  }

  /** A page of a browser that nobody has used before. */
  async page({ width = 1_100, colours = 'light', goesOn = false }: Look = {}): Promise<Page> {
    const context: BrowserContext = await this.#browser.newContext({
      viewport: { width, height: 800 },
      colorScheme: colours,
      reducedMotion: 'reduce',
      ignoreHTTPSErrors: goesOn,
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      // That a server is lost, and that nobody is logged in yet, is no fault of the page.
      const isFault = message.type() === 'error' && !message.text().startsWith('Failed to load resource');
      if (isFault) this.complaints.push(message.text());
    });
    return page;
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

/** Opens the dashboard of a site by a link, as whoever the options say. */
export async function enter(page: Page, site: Site, ...options: readonly string[]): Promise<void> {
  const { url } = await site.json<{ url: string }>('dashboard', ...options);
  await page.goto(url);
  await page.getByRole('heading', { name: 'Rollouts' }).waitFor();
}
