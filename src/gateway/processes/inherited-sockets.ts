import net from 'node:net';
import { fromDescriptor, type RawSocket } from './listening-socket.ts';

/** The first descriptor that a service manager passes on (`SD_LISTEN_FDS_START`). */
const FIRST_DESCRIPTOR = 3;

/** Sockets that somebody else bound, by `host:port`. */
export type InheritedSockets = ReadonlyMap<string, RawSocket>;

/**
 * The listening sockets that a service manager bound for this process (systemd's socket activation: `LISTEN_FDS`
 * of them, if `LISTEN_PID` is this process). What is none that a gateway can serve is left alone.
 */
export function inheritedSockets(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): InheritedSockets {
  const count = Number(env['LISTEN_FDS'] ?? 0);
  if (env['LISTEN_PID'] !== String(pid) || !Number.isInteger(count)) return new Map();
  const found = new Map<string, RawSocket>();
  for (let index = 0; index < count; index += 1) {
    const raw = fromDescriptor(FIRST_DESCRIPTOR + index);
    if (raw === undefined) continue;
    const name: { address?: string; port?: number } = {};
    if (raw.getsockname(name) === 0 && name.address !== undefined && name.port !== undefined)
      found.set(placeKey(name.address, name.port), raw);
  }
  return found;
}

/** The name of a place to listen, in the one spelling that each address has for the kernel. */
export function placeKey(host: string, port: number): string {
  const isV6 = net.isIPv6(host);
  return `${isV6 ? new net.SocketAddress({ address: host, family: 'ipv6' }).address : host} ${port}`;
}
