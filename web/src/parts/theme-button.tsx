import type { Theme, ThemeName } from '../live/theme.ts';

const WORDS: Readonly<Record<ThemeName, string>> = {
  system: 'as the system',
  light: 'light',
  dark: 'dark',
};

/** Goes through the colours. */
export function ThemeButton({ theme }: { theme: Theme }) {
  return (
    <button
      type="button"
      onClick={() => {
        theme.next();
      }}
    >
      Colours: {WORDS[theme.name.value]}
    </button>
  );
}
