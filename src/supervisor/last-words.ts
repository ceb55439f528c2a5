/** Lines at the end of the output that are looked through. */
export const LOOKED_THROUGH = 40;

const QUOTED_LINES = 3;
const QUOTED_CHARACTERS = 300;
/** How the line begins that says what went wrong, in Node, Python, Java, Go and Rust; stack traces surround it. */
const TELLING = /^\s*(?:uncaught\s+)?(?:[\w.]*(?:error|exception)\b|panic\b|fatal\b|thread '.*' panicked)/i;

/** What of a crashed process's output says most about why: the last line that names an error, else its last lines. */
export function lastWords(lines: readonly string[]): string {
  const spoken = lines.map((line) => line.trim()).filter((line) => line !== '');
  const telling = spoken.findLast((line) => TELLING.test(line));
  const text = telling ?? spoken.slice(-QUOTED_LINES).join(' | ');
  return text.length <= QUOTED_CHARACTERS ? text : `${text.slice(0, QUOTED_CHARACTERS)}…`;
}
