import { BlockList, isIP } from 'node:net';
import { Failure } from '../../base/failure.ts';

/** Whether an address is one of those named, or in one of the ranges. Throws Failure `usage` for what is neither. */
export function addressList(named: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const one of named) add(list, one);
  return (address) => list.check(address, familyOf(address));
}

function add(list: BlockList, written: string): void {
  const [address = '', bits, ...more] = written.split('/');
  const widest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const size = bits === undefined ? widest : /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
  if (widest < 0 || size > widest || more.length > 0) {
    throw new Failure('usage', `"${written.slice(0, 100)}" is not an address of a proxy`, {
      hint: 'Write an IP address, or a range of them as 10.0.0.0/8.',
    });
  }
  list.addSubnet(address, size, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
