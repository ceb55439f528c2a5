import { expect, it } from 'vitest';
import { lastWords } from './last-words.ts';

it.each([
  [
    'Node',
    [
      'node:events:496',
      '      throw er;',
      '',
      'Error: listen EADDRINUSE: address in use',
      '    at Server.x',
      "  code: 'EADDRINUSE'",
      '}',
      '',
      'Node.js v20',
    ],
    'Error: listen EADDRINUSE: address in use',
  ],
  [
    'Python',
    ['Traceback (most recent call last):', '  File "x"', 'ValueError: no port'],
    'ValueError: no port',
  ],
  [
    'Java',
    ['Exception in thread "main" java.lang.IllegalStateException: x', '\tat Main.main'],
    'Exception in thread "main" java.lang.IllegalStateException: x',
  ],
  ['Go', ['started', 'panic: nil map', '', 'goroutine 1 [running]:'], 'panic: nil map'],
  ['plain words', ['one', 'two', '', 'three', 'four', ''], 'two | three | four'],
  ['silence', [], ''],
])('finds what matters in the output of %s', (_, lines, words) => {
  expect(lastWords(lines)).toBe(words);
});

it('cuts what is too long', () => {
  expect(lastWords(['x'.repeat(1_000)])).toHaveLength(301);
});
