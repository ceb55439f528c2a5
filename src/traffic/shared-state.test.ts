import { expect, it } from 'vitest';
import type { GatewayState } from '../gateway/protocol.ts';
import { sharedState } from './shared-state.ts';

/** A gateway that answers when it is told to. */
function gateway() {
  const waiting: { answer: (version: number) => void; fail: (error: Error) => void }[] = [];
  let now = 0;
  const state = (): Promise<GatewayState> =>
    new Promise((resolve, reject) => {
      waiting.push({
        answer: (version) => {
          resolve({ version } as GatewayState);
        },
        fail: reject,
      });
    });
  const shared = sharedState({ state }, () => now);
  return { shared, waiting, pass: (ms: number) => (now += ms) };
}

it('a thousand who ask in one moment are one request', async () => {
  const { shared, waiting } = gateway();
  const answers = Array.from({ length: 1_000 }, () => shared.read());
  waiting[0]?.answer(7);
  expect(new Set((await Promise.all(answers)).map(({ version }) => version))).toEqual(new Set([7]));
  await shared.read();
  expect(waiting).toHaveLength(1);
});

it('an answer is asked for anew when its moment is over, or it is old for another reason', async () => {
  const { shared, waiting, pass } = gateway();
  void shared.read();
  pass(101);
  const later = shared.read();
  waiting[1]?.answer(2);
  expect((await later).version).toBe(2);
  shared.forget();
  const written = shared.read();
  // What was asked before the write is no answer now, however late it comes.
  waiting[0]?.answer(1);
  waiting[2]?.answer(3);
  expect((await written).version).toBe(3);
});

it('a failure is not kept', async () => {
  const { shared, waiting } = gateway();
  const failed = shared.read();
  waiting[0]?.fail(new Error('down'));
  await expect(failed).rejects.toThrow('down');
  const next = shared.read();
  waiting[1]?.answer(1);
  expect((await next).version).toBe(1);
});

it('one who gives up leaves the others their answer', async () => {
  const { shared, waiting } = gateway();
  const end = new AbortController();
  const impatient = shared.read(end.signal);
  const patient = shared.read(new AbortController().signal);
  end.abort(new Error('enough'));
  await expect(impatient).rejects.toThrow('enough');
  await expect(shared.read(end.signal)).rejects.toThrow('enough');
  waiting[0]?.answer(1);
  expect((await patient).version).toBe(1);
  expect(waiting).toHaveLength(1);
});
