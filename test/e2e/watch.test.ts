import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Site } from './site.ts';
import { OnTerminal } from './terminal.ts';

const CLI = join(import.meta.dirname, '../../dist/cli/main.js');

let site: Site;
let terminal: OnTerminal;

beforeEach(async () => {
  site = await Site.create();
  const paused = '{ canary: { steps: [{ weight: 5% }, { pause: {} }, { weight: 50% }, { pause: {} }] } }';
  await site.declare({ version: 'v1' }, { strategy: paused, analysis: '' });
  await site.up();
  await site.ok('apply', '--wait');
  await site.artefact({ version: 'v2' });
  await site.declare({ version: 'v2' }, { strategy: paused, analysis: '' });
  await site.ok('apply');
  await site.ok('wait', 'shop', '--for', 'paused');
});

afterEach(async () => {
  terminal.end();
  await site.destroy();
});

function watch(columns: number, rows: number, ...args: readonly string[]): OnTerminal {
  terminal = new OnTerminal({
    columns,
    rows,
    command: [process.execPath, CLI, 'watch', ...args],
    env: { COALMINE_DATA_DIR: site.dataDir },
  });
  return terminal;
}

describe('watch on a terminal', () => {
  it('shows the story, keeps to every size, steers by keys, and gives the terminal back', async () => {
    const shown = watch(100, 30, 'shop');
    await shown.until((text) => /^shop {2}Paused {2}release 2/.test(text), 'the release');
    expect(shown.isAside).toBe(true);
    await shown.until((text) => text.includes('q quit'), 'the keys');

    for (const [columns, rows] of [
      [40, 10],
      [20, 3],
      [200, 60],
      [80, 24],
    ] as const) {
      shown.resize(columns, rows);
      await shown.until((_, lines) => lines.at(-1)?.includes('q quit') === true, `${columns}×${rows}`);
      await shown.until((_, lines) => lines[0]?.startsWith('shop') === true, `${columns}×${rows}`);
    }

    shown.press('p');
    await shown.until((text) => /^shop .*\n(?:.*\n)*✓ 1\/\d/.test(text), 'the next step');
    shown.press('a');
    await shown.until((text) => text.includes('abort the release of shop and go back? y/n'), 'the question');
    shown.press('y');
    expect(await shown.told('ended')).toEqual({ ended: 0, restored: true });
    expect(shown.isAside).toBe(false);
    await shown.until((text) => text.includes('shop: release 2 aborted'), 'the end, on the screen of before');
    expect(shown.written.lastIndexOf('\u001B[?25h')).toBeGreaterThan(
      shown.written.lastIndexOf('\u001B[?25l'),
    );
    expect(shown.written.lastIndexOf('\u001B[?7h')).toBeGreaterThan(shown.written.lastIndexOf('\u001B[?7l'));
  });

  it('lists all, opens one, and is left by q while the release goes on', async () => {
    const shown = watch(80, 24);
    await shown.until((text) => text.includes('▸  shop  Paused'), 'the list');
    shown.press('\r');
    await shown.until((text) => text.startsWith('shop  Paused  release 2'), 'the one');
    shown.press('l');
    await shown.until((text) => text.includes('no lines of log yet'), 'the logs');
    shown.press('q');
    expect(await shown.told('ended')).toEqual({ ended: 0, restored: true });
    expect(shown.isAside).toBe(false);
    expect(await site.json('get', 'shop')).toMatchObject({ phase: 'Paused' });
  });

  it('gives the terminal back while it is stopped, and takes it again', async () => {
    const shown = watch(80, 24, 'shop');
    await shown.until((text) => text.includes('q quit'), 'the keys');
    for (const stop of [
      () => {
        shown.press('\u001A');
      },
      () => {
        shown.signal('TSTP');
      },
    ]) {
      stop();
      await shown.until(() => !shown.isAside, 'the screen of before');
      expect(await shown.told('stopped')).toEqual({ stopped: true, restored: true });
      shown.signal('CONT');
      await shown.until((text) => shown.isAside && text.includes('q quit'), 'the screen again');
    }
    shown.signal('TERM');
    expect(await shown.told('ended')).toEqual({ ended: 130, restored: true });
    expect(shown.isAside).toBe(false);
  });
});
