/** Set by the build from package.json; absent when the sources run unbuilt, as in tests. */
declare const COALMINE_VERSION: string | undefined;

/** The version of this coalmine. */
export const VERSION: string = typeof COALMINE_VERSION === 'string' ? COALMINE_VERSION : '0.0.0-source';
