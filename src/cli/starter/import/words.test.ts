import { expect, test } from 'vitest';
import { wordsOf } from './words.ts';

test.each<[string, readonly string[], Record<string, string>?]>([
  ['node server.js', ['node', 'server.js']],
  ['  node   server.js  ', ['node', 'server.js']],
  ['bundle exec puma -p $PORT', ['bundle', 'exec', 'puma', '-p', '$(PORT)']],
  ['gunicorn app:app --bind 0.0.0.0:${PORT}', ['gunicorn', 'app:app', '--bind', '0.0.0.0:$(PORT)']],
  ['NODE_ENV=production A="b c" node x.js', ['node', 'x.js'], { NODE_ENV: 'production', A: 'b c' }],
  [`echo 'a b' "it's \\"$PORT\\"" c\\ d`, ['echo', 'a b', 'it\'s "$(PORT)"', 'c d']],
  ['java -Dx=a#b -jar app~1.jar', ['java', '-Dx=a#b', '-jar', 'app~1.jar']],
  ['exec node server.js', ['node', 'server.js']],
  ["sh -c 'a && b'", ['sh', '-c', 'a && b']],
])('%s needs no shell', (line, command, env = {}) => {
  expect(wordsOf(line)).toEqual({ kind: 'words', command, env });
});

test.each([
  ['npm run build && npm start', 'several commands'],
  ['a | b', 'several commands'],
  ['a; b', 'several commands'],
  ['a > log', 'redirects'],
  ['echo `date`', 'output of a command'],
  ['echo $(date)', 'computes with variables'],
  ['java $JAVA_OPTS -Xmx${MEM:-512}m', 'computes with variables'],
  ['echo "$(date)"', 'computes with variables'],
  ["echo '$(PORT)'", '$( in quotes'],
  ['ls *.js', 'file names'],
  ['~/bin/app', 'home directory'],
  ['cd app', 'word of the shell'],
  ['A=$B node x', 'A is made of other variables'],
  ['A=b', 'no program'],
  ["echo 'a", 'not closed'],
  ['echo "a', 'not closed'],
])('%s needs one', (line, because) => {
  const words = wordsOf(line);
  expect(words.kind).toBe('shell');
  expect(words.kind === 'shell' ? words.because : '').toContain(because);
});
