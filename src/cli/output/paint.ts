/** Colours text, or leaves it as it is. Colour only repeats what the words say. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly magenta: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** A paint for a terminal with colours, or one without. */
export function createPaint(color: boolean): Paint {
  const style =
    (begin: number, end: number) =>
    (text: string): string =>
      color && text !== '' ? `\u001B[${begin}m${text}\u001B[${end}m` : text;
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    magenta: style(35, 39),
    cyan: style(36, 39),
  };
}

/** What decides whether there are colours: https://no-color.org and its opposite, then the terminal. */
export interface ColorWishes {
  readonly flag: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
}

/** True when the output is to be coloured. */
export function wantsColor({ flag, env, isTerminal }: ColorWishes): boolean {
  if (!flag) return false;
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && env['TERM'] !== 'dumb';
}
