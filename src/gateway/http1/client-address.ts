/** True for this machine's own addresses, where a proxy that ends TLS runs. */
export function isLoopback(address: string): boolean {
  const plain = withoutMapping(address);
  return plain === '::1' || plain.startsWith('127.');
}

/** An IPv4 address as such, also when it came over an IPv6 socket. */
export function withoutMapping(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
