/** A field of a protobuf message, encoded. */
export type Field = Buffer;

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

function key(number: number, wire: number): Buffer {
  return varint(BigInt((number << 3) | wire));
}

/** A whole number that is not negative. */
export function whole(number: number, value: number): Field {
  return Buffer.concat([key(number, 0), varint(BigInt(value))]);
}

/** A whole number, as `sint32` or `sint64`. */
export function signed(number: number, value: number): Field {
  return Buffer.concat([key(number, 0), zigzag(value)]);
}

function zigzag(value: number): Buffer {
  const big = BigInt(value);
  return varint(big >= 0n ? big * 2n : -big * 2n - 1n);
}

/** A `double`. */
export function double(number: number, value: number): Field {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([key(number, 1), bytes]);
}

/** A message or a text inside another message. */
export function nested(number: number, content: string | readonly Field[]): Field {
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.concat(content);
  return Buffer.concat([key(number, 2), varint(BigInt(bytes.length)), bytes]);
}

/** Repeated `sint64`, packed. */
export function signedList(number: number, values: readonly number[]): Field {
  return nested(number, values.map(zigzag));
}

/** A message that is preceded by its length, as in a stream of them. */
export function delimited(fields: readonly Field[]): Buffer {
  const bytes = Buffer.concat(fields);
  return Buffer.concat([varint(BigInt(bytes.length)), bytes]);
}
