/** Variables by name. */
export type Environment = Readonly<Record<string, string>>;

/**
 * What a workload and its build inherit from coalmine's own environment: enough to find programs, a home, a
 * language and a place for temporary files. Everything else must be declared, so that a revision behaves alike
 * whoever started coalmine, and so that coalmine's own secrets stay its own.
 */
const INHERITED = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'] as const;

/** Shorter values (`1`, `true`) are no secrets, and occur in any text. */
const SECRET_LENGTH = 6;

/** The inherited part of `own`. */
export function inheritedEnvironment(own: Readonly<Record<string, string | undefined>>): Environment {
  const inherited: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = own[name];
    if (value !== undefined) inherited[name] = value;
  }
  return inherited;
}

/** Replaces each `$(NAME)` that is set; an unknown one stays as written, and `$$(NAME)` stands for `$(NAME)`. */
export function expandVariables(text: string, environment: Environment): string {
  return text.replace(/\$?\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g, (written, name: string) =>
    written.startsWith('$$') ? written.slice(1) : (environment[name] ?? written),
  );
}

/**
 * A text somebody else wrote, without any of the variables' values, nor any line of one: what a program prints may hold
 * what it was given. To be applied before the text is cut to a length, which could leave a part of a value.
 */
export function withoutValues(text: string, environment: Environment): string {
  const secrets = Object.values(environment)
    .flatMap((value) => [value, ...value.split('\n').map((line) => line.trim())])
    .filter((value) => value.length >= SECRET_LENGTH);
  // The longest first: one may be part of another.
  secrets.sort((a, b) => b.length - a.length);
  return secrets.reduce((rest, value) => rest.replaceAll(value, '[redacted]'), text);
}
