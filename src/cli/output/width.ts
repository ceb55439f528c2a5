/** What takes no column: marks on the character before them, and what only steers how others are shown. */
const NONE = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11FF]$/u;

/** What takes two: East Asian wide and full-width characters, and pictures. */
const TWO =
  /^[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Yi}\p{Emoji_Presentation}\u3000-\u303E\u30FC\u3190-\u31EF\u3200-\u33FF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6]$/u;
const HALF_WIDTH = /^[\uFF61-\uFFDC\uFFE8-\uFFEE]$/;

/** How many columns one character takes, as most terminals count. */
export function columnsOf(character: string): 0 | 1 | 2 {
  if (character < '\u0300') return 1;
  if (NONE.test(character)) return 0;
  return TWO.test(character) && !HALF_WIDTH.test(character) ? 2 : 1;
}
