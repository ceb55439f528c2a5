import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Operations } from '../../src/api/operations.ts';
import { Failure } from '../../src/base/failure.ts';
import type { Fake } from './fake.ts';
import { messages } from './fake.ts';
import { Bench, type Ran } from './harness.ts';
import { aReleasingView, aView } from './views.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.destroy();
});

/** What to press once something was drawn, in this order. */
type Script = readonly (readonly [drawn: string, keys: string])[];

/** Watches as a person does, who presses keys when something appears. */
async function watch(argv: readonly string[], script: Script, operations: Partial<Operations> = {}) {
  const views = [aReleasingView(), aView({ name: 'zoo' })];
  const stream: Operations['stream'] = ({ rollout: wanted = '' }, signal) => {
    const sent = views.filter(({ name }) => wanted === '' || name === wanted);
    return messages(
      sent.map((rollout) => ({ kind: 'rollout', rollout })),
      signal,
    );
  };
  const fake = await bench.serve({ stream, ...operations });
  const waiting = [...script];
  let press: (keys: string) => void = () => undefined;
  const pressing = async function* (): AsyncIterable<string> {
    for (;;) {
      const keys = await new Promise<string>((resolve) => (press = resolve));
      yield keys;
      if (keys.endsWith('q')) return;
    }
  };
  const ran = await bench.run(argv, {
    isTerminal: true,
    env: { NO_COLOR: '1' },
    keys: pressing(),
    onOutput: (text) => {
      const [next] = waiting;
      if (next === undefined || !text.includes(next[0])) return;
      waiting.shift();
      setImmediate(() => {
        press(next[1]);
      });
    },
  });
  return { ran, fake };
}

function asked({ fake }: { readonly ran: Ran; readonly fake: Fake }, operation: string): unknown[] {
  return fake.calls.filter(([name]) => name === operation).map(([, ...rest]) => rest);
}

describe('watch with keys', () => {
  it('steers the release and says what was accepted; q leaves it to go on', async () => {
    const watched = await watch(
      ['watch', 'shop'],
      [
        ['Progressing', 'p'],
        ['promote shop: accepted', ' '],
        ['pause shop: accepted', 'a'],
        ['abort the release of shop and go back? y/n', 'y'],
        ['abort shop: accepted', 'q'],
      ],
    );
    expect(watched.ran.code).toBe(0);
    expect(asked(watched, 'steer')).toEqual([
      ['shop', { verb: 'promote' }],
      ['shop', { verb: 'pause' }],
      ['shop', { verb: 'abort', reason: 'from the terminal' }],
    ]);
  });

  it('says at its foot what the server refuses, with what to do, and goes on', async () => {
    const refusal = new Failure('notPermitted', 'a viewer may not promote', { hint: 'ask an operator' });
    const { ran } = await watch(
      ['watch', 'shop'],
      [
        ['Progressing', 'p'],
        ['a viewer may not promote; ask an operator', 'q'],
      ],
      { steer: () => Promise.reject(refusal) },
    );
    expect(ran.code).toBe(0);
  });

  it('approves the gate that was seen', async () => {
    const held = { kind: 'gate', name: 'qa', forMs: 1 } as const;
    const rollout = aReleasingView({ held });
    const watched = await watch(
      ['watch', 'shop'],
      [
        ['A approve', 'A'],
        ['approve qa of shop: accepted', 'q'],
      ],
      { stream: (_, signal) => messages([{ kind: 'rollout', rollout }], signal) },
    );
    expect(asked(watched, 'approve')).toEqual([['shop', { gate: 'qa' }]]);
  });

  it('shows logs, without obeying them', async () => {
    const watched = await watch(
      ['watch', 'shop'],
      [
        ['Progressing', 'l'],
        ['stable-0  it [31mhurts', 'q'],
      ],
      {
        // eslint-disable-next-line @typescript-eslint/require-await
        async *logs() {
          yield { revision: aView().stable!, instance: 'stable-0', text: 'it \u200B[31mhurts' };
        },
      },
    );
    expect(asked(watched, 'logs')).toEqual([['shop', { tail: 50, follow: true }]]);
  });

  it('opens one of all, and goes back to the list', async () => {
    const { ran } = await watch(
      ['watch'],
      [
        ['zoo', '\u001B[B\r'],
        ['zoo  Healthy  r1-', '\u001B'],
        ['enter open', 'q'],
      ],
    );
    expect(ran.code).toBe(0);
  });

  it('draws nothing when it is refused at once', async () => {
    const { ran } = await watch(['watch', 'nothing'], []);
    expect(ran.code).toBe(7);
    expect(ran.out).not.toContain('\u001B');
  });
});
