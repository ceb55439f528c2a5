/** A command line taken apart as a shell would, as far as no shell is needed for it. */
export type Words =
  | {
      readonly kind: 'words';
      readonly command: readonly string[];
      /** Assignments in front of the command. */
      readonly env: Readonly<Record<string, string>>;
    }
  /** What of it only a shell can do. */
  | { readonly kind: 'shell'; readonly because: string };

/** What a shell would act on, outside quotes. */
const SYNTAX: Readonly<Record<string, string>> = {
  '&': 'it runs several commands (&)',
  '|': 'it runs several commands (|)',
  ';': 'it runs several commands (;)',
  '<': 'it redirects (<)',
  '>': 'it redirects (>)',
  '`': 'it takes the output of a command (`)',
  '*': 'it matches file names (*)',
  '?': 'it matches file names (?)',
  '(': 'it runs a group of commands (()',
};

/** The same, at the begin of a word. */
const SYNTAX_AT_BEGIN: Readonly<Record<string, string>> = {
  '~': 'it names a home directory (~)',
  '#': 'it has a comment (#)',
};

/** `$NAME` becomes `$(NAME)`, which coalmine replaces itself; everything else of a shell is left to one. */
export function wordsOf(line: string): Words {
  const words: string[] = [];
  const rest = new Rest(line);
  while (rest.skipBlanks()) {
    const word = rest.word();
    if (word === undefined) return { kind: 'shell', because: rest.because };
    words.push(word);
  }
  const isCommand = words.findIndex((word) => !ASSIGNMENT.test(word));
  const first = isCommand < 0 ? words.length : isCommand;
  const assignments = words.slice(0, first).map(assignmentOf);
  const command = words.slice(first);
  const [program] = command;
  if (program === undefined) return { kind: 'shell', because: 'it has no program' };
  if (BUILT_IN.has(program)) {
    return program === 'exec' && command.length > 1
      ? { kind: 'words', command: command.slice(1), env: Object.fromEntries(assignments) }
      : { kind: 'shell', because: `${program} is a word of the shell` };
  }
  const computed = assignments.find(([, value]) => value.includes('$('));
  if (computed !== undefined) return { kind: 'shell', because: `${computed[0]} is made of other variables` };
  return { kind: 'words', command, env: Object.fromEntries(assignments) };
}

const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=/;
const BUILT_IN: ReadonlySet<string> = new Set([
  'cd',
  'exec',
  'export',
  'source',
  '.',
  'if',
  'for',
  'while',
  'eval',
  'set',
  'trap',
  'ulimit',
  'umask',
  'unset',
  '!',
  '{',
  '[[',
]);

function assignmentOf(word: string): readonly [string, string] {
  const equals = word.indexOf('=');
  return [word.slice(0, equals), word.slice(equals + 1)];
}

/** What is left of a line. */
class Rest {
  because = '';
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  /** True when there is another word. */
  skipBlanks(): boolean {
    while (/\s/.test(this.#next())) this.#at += 1;
    return this.#at < this.#line.length;
  }

  /** The word that begins here; undefined when only a shell understands it. */
  word(): string | undefined {
    let word = '';
    while (this.#at < this.#line.length && !/\s/.test(this.#next())) {
      const piece = this.#piece(word === '');
      if (piece === undefined) return undefined;
      word += piece;
    }
    return word;
  }

  #next(): string {
    return this.#line.charAt(this.#at);
  }

  #piece(isFirst: boolean): string | undefined {
    const char = this.#next();
    if (char === "'") return this.#single();
    if (char === '"') return this.#double();
    if (char === '$') return this.#variable();
    this.#at += 1;
    if (char === '\\') {
      this.#at += 1;
      return this.#line.charAt(this.#at - 1);
    }
    const syntax = SYNTAX[char] ?? (isFirst ? SYNTAX_AT_BEGIN[char] : undefined);
    return syntax === undefined ? char : this.#fail(syntax);
  }

  #single(): string | undefined {
    const end = this.#line.indexOf("'", this.#at + 1);
    if (end < 0) return this.#fail("a quote (') is not closed");
    const text = this.#line.slice(this.#at + 1, end);
    this.#at = end + 1;
    return text.includes('$(') ? this.#fail('it has $( in quotes') : text;
  }

  #double(): string | undefined {
    this.#at += 1;
    let text = '';
    while (this.#next() !== '"') {
      if (this.#at >= this.#line.length) return this.#fail('a quote (") is not closed');
      const char = this.#next();
      const piece = char === '$' ? this.#variable() : this.#quoted(char);
      if (piece === undefined) return undefined;
      text += piece;
    }
    this.#at += 1;
    return text;
  }

  #quoted(char: string): string | undefined {
    if (char === '`') return this.#fail(SYNTAX['`'] ?? '');
    const isEscape = char === '\\' && /["\\$`]/.test(this.#line.charAt(this.#at + 1));
    this.#at += isEscape ? 2 : 1;
    return this.#line.charAt(this.#at - 1);
  }

  /** `$NAME` and `${NAME}`. */
  #variable(): string | undefined {
    const found = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/.exec(this.#line.slice(this.#at));
    if (found === null) return this.#fail('it computes with variables ($)');
    this.#at += found[0].length;
    return `$(${found[1] ?? found[2] ?? ''})`;
  }

  #fail(because: string): string | undefined {
    this.because = because;
    return undefined;
  }
}
