import { signal, type ReadonlySignal } from '@preact/signals';

const KEY = 'coalmine-theme';

/** The colours of the pages, in the order in which a button goes through them. */
export const THEMES = ['system', 'light', 'dark'] as const;

/** One of THEMES; `system`: as the reader has set for everything. */
export type ThemeName = (typeof THEMES)[number];

/** The colours that this browser was told to show. */
export class Theme {
  readonly #name = signal<ThemeName>(stored());

  constructor() {
    this.#show();
  }

  get name(): ReadonlySignal<ThemeName> {
    return this.#name;
  }

  /** Takes the next one, and keeps it where the browser lets it. */
  next(): void {
    const at = THEMES.indexOf(this.#name.value);
    this.#name.value = THEMES[(at + 1) % THEMES.length] ?? 'system';
    this.#show();
    try {
      localStorage.setItem(KEY, this.#name.value);
    } catch {
      // A browser that keeps nothing shows it until it is closed.
    }
  }

  #show(): void {
    document.documentElement.dataset['theme'] = this.#name.value;
  }
}

function stored(): ThemeName {
  try {
    const name = localStorage.getItem(KEY);
    return THEMES.find((one) => one === name) ?? 'system';
  } catch {
    return 'system';
  }
}
