import { Terminal } from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import type { Job, Output } from '../io.ts';
import { FullScreen } from './full-screen.ts';

/** A terminal that shows what is written, and may be behind with it; and the job that writes. */
function surroundings({ columns = 20, rows = 4 } = {}) {
  const shown = new Terminal({ cols: columns, rows, allowProposedApi: true });
  const written: string[] = [];
  const draining: (() => void)[] = [];
  const resizing = new Set<() => void>();
  const guarded = new Set<Parameters<Job['guard']>[0]>();
  let changes = 0;
  const around = { isBehind: false };
  const stdout: Output = {
    columns,
    rows,
    write: (text) => {
      written.push(text);
      shown.write(text);
      return !around.isBehind;
    },
    on: (_, listener) => resizing.add(listener),
    off: (_, listener) => resizing.delete(listener),
    once: (_, listener) => draining.push(listener),
  };
  const job: Job = {
    guard: (terminal) => {
      guarded.add(terminal);
      return () => guarded.delete(terminal);
    },
    stop: () => undefined,
  };
  const screen = new FullScreen({ stdout, job, onChange: () => (changes += 1) });
  return {
    ...{ around, screen, written, draining, resizing, guarded },
    changes: () => changes,
    lines: async (): Promise<readonly string[]> => {
      await new Promise<void>((resolve) => {
        shown.write('', resolve);
      });
      const { active } = shown.buffer;
      return Array.from({ length: rows }, (_, row) => active.getLine(row)?.translateToString(true) ?? '');
    },
    isAside: () => shown.buffer.active.type === 'alternate',
  };
}

describe('a screen of its own', () => {
  it('shows each frame in one write, of the rows that have changed alone', async () => {
    const { screen, written, lines } = surroundings();
    screen.open();
    screen.draw(['one', 'two', 'three']);
    written.length = 0;
    screen.draw(['one', 'zwei', 'three']);
    expect(written).toHaveLength(1);
    expect(written[0]).not.toContain('one');
    expect(await lines()).toEqual(['one', 'zwei', 'three', '']);
    screen.draw(['one']);
    expect(await lines()).toEqual(['one', '', '', '']);
    written.length = 0;
    screen.draw(['one']);
    expect(written).toEqual([]);
  });

  it('lets nothing wrap or colour the rows below', async () => {
    const { screen, lines } = surroundings({ columns: 6 });
    screen.open();
    screen.draw(['one', '\u001B[31mred', 'plain', 'much too long']);
    expect((await lines()).slice(0, 3)).toEqual(['one', 'red', 'plain']);
  });

  it('draws nothing while the terminal is behind, and says when it has caught up', () => {
    const { screen, written, draining, around, changes } = surroundings();
    screen.open();
    around.isBehind = true;
    screen.draw(['one']);
    written.length = 0;
    for (let frame = 0; frame < 100; frame += 1) screen.draw([`frame ${frame}`]);
    expect(written).toEqual([]);
    around.isBehind = false;
    for (const listener of draining.splice(0)) listener();
    expect(changes()).toBe(1);
    screen.draw(['newest']);
    expect(written.join()).toContain('newest');
  });

  it('gives the terminal back when its process stops or ends, and takes it when that goes on', async () => {
    const { screen, guarded, isAside, lines, changes } = surroundings();
    screen.open();
    screen.draw(['one']);
    for (const one of guarded) one.leave();
    await lines();
    expect(isAside()).toBe(false);
    screen.draw(['not now']);
    for (const one of guarded) one.enter();
    await lines();
    expect([isAside(), changes()]).toEqual([true, 1]);
    screen.draw(['one']);
    expect(await lines()).toEqual(['one', '', '', '']);
  });

  it('leaves nothing behind, however often it is closed', async () => {
    const { screen, guarded, resizing, written, isAside, lines } = surroundings();
    screen.open();
    screen.close();
    screen.close();
    await lines();
    expect([guarded.size, resizing.size, isAside()]).toEqual([0, 0, false]);
    for (const mode of ['?7', '?25'])
      expect(written.join('')).toMatch(new RegExp(`.*\\u001B\\[\\${mode}h`, 's'));
    expect(written.join('').match(/\u001B\[\?2004[hl]/g)).toEqual(['\u001B[?2004h', '\u001B[?2004l']);
  });

  it('has every row drawn again when its size changes', () => {
    const { screen, resizing, changes, written } = surroundings();
    screen.open();
    screen.draw(['one']);
    for (const listener of resizing) listener();
    expect(changes()).toBe(1);
    written.length = 0;
    screen.draw(['one']);
    expect(written.join()).toContain('one');
  });
});
