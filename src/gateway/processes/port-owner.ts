import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** The state of a listening socket in /proc/net/tcp. */
const LISTENING = '0A';

/** How long an owner is taken to be the same: finding it reads about every process of the machine. */
const REMEMBERED_MS = 30_000;

/** Names who listens on a port, as far as that can be seen. */
export type OwnerLookup = (port: number) => string | undefined;

/** The same answers, but looked up rarely: for those who try a port again and again. */
export function remembering(lookUp: OwnerLookup): OwnerLookup {
  const known = new Map<number, { readonly owner: string | undefined; readonly untilMs: number }>();
  return (port) => {
    const nowMs = performance.now();
    const found = known.get(port);
    if (found !== undefined && found.untilMs > nowMs) return found.owner;
    const owner = lookUp(port);
    known.set(port, { owner, untilMs: nowMs + REMEMBERED_MS });
    return owner;
  };
}

/** Who listens on a TCP port, as in `nginx (pid 812)`; undefined when that cannot be seen (another user's, not Linux). */
export function portOwner(port: number): string | undefined {
  const inodes = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port)),
  );
  if (inodes.size === 0) return undefined;
  const pid = listNames('/proc').find((name) => /^\d+$/.test(name) && holdsAny(name, inodes));
  return pid === undefined ? undefined : `${commandOf(pid)} (pid ${pid})`;
}

function listeningInodes(table: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readText(table)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(wanted) === true && columns[3] === LISTENING)
    .flatMap((columns) => columns[9] ?? []);
}

function holdsAny(pid: string, inodes: ReadonlySet<string>): boolean {
  return listNames(`/proc/${pid}/fd`).some((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(linkTarget(`/proc/${pid}/fd/${fd}`))?.[1];
    return inode !== undefined && inodes.has(inode);
  });
}

/** The program, and its script when an interpreter runs one. Other arguments may hold secrets. */
function commandOf(pid: string): string {
  const [program = '', script = ''] = readText(`/proc/${pid}/cmdline`).split('\0');
  const isScript = /^[^-=][^=]*\.(m?js|cjs|ts|py|rb)$/.test(script);
  return isScript ? `${basename(program)} ${script}` : basename(program);
}

function readText(path: string): string {
  return orEmpty(() => readFileSync(path, 'utf8'), '');
}

function linkTarget(path: string): string {
  return orEmpty(() => readlinkSync(path), '');
}

function listNames(path: string): string[] {
  return orEmpty(() => readdirSync(path), []);
}

/** Processes vanish while they are looked at, and those of other users cannot be. */
function orEmpty<T>(read: () => T, empty: T): T {
  try {
    return read();
  } catch {
    return empty;
  }
}
