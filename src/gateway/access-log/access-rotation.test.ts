import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configOf } from '../../../test/gateway.ts';
import { route } from '../../../test/proxy.ts';
import { AccessRotation } from './access-rotation.ts';
import type { GatewayConfig } from '../protocol.ts';

let dir = '';
let path = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'coalmine-access-'));
  path = join(dir, 'access.log');
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

function logging(keep: number): GatewayConfig {
  return configOf(1, [route([], { accessLog: { path, maxBytes: 10, keep } })]);
}

describe('the files of access logs', () => {
  it('are moved on when they are too large, and the oldest goes', () => {
    const rotation = new AccessRotation();
    for (const text of ['first line', 'the second', 'third, last']) {
      writeFileSync(path, `${text}\n`);
      rotation.look(logging(2));
    }
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(dir).sort()).toEqual(['access.log.1', 'access.log.2']);
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('third, last\n');
    expect(readFileSync(`${path}.2`, 'utf8')).toBe('the second\n');
  });

  it('stay while they are small', () => {
    writeFileSync(path, 'a line\n');
    new AccessRotation().look(logging(2));
    expect(readdirSync(dir)).toEqual(['access.log']);
  });

  it('that cannot be written are told of, until they can', () => {
    const rotation = new AccessRotation();
    mkdirSync(path);
    rotation.look(logging(2));
    expect(rotation.problems).toEqual([expect.stringContaining(`${path} cannot be written: EISDIR`)]);
    rmSync(path, { recursive: true });
    rotation.look(logging(2));
    expect(rotation.problems).toEqual([]);
  });
});
