/** The variable that says which data directory a process belongs to, by the directory's name among all others. */
export const OWNER_MARK = 'COALMINE_OWNER';

/** The variable that says which revision's build a process belongs to. */
export const BUILD_MARK = 'COALMINE_BUILD';
