import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listeningOf, upListeningOptions, writtenListening, type Listening } from './listening.ts';
import { forgettingOption, remember, withRemembered, type Forgetting } from './remembered.ts';
import { Session } from './session.ts';

let dataDir: string;
let told: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'remembered-'));
  told = '';
});

afterEach(async () => {
  await rm(dataDir, { recursive: true });
});

function file(): string {
  return join(dataDir, 'listening.json');
}

/** The command line of a start, with where it listens in the end. */
async function start(argv: readonly string[]): Promise<Listening> {
  const command = new Command();
  for (const option of [...upListeningOptions(), forgettingOption()]) command.addOption(option);
  command.parse([...argv], { from: 'user' });
  const stderr = { write: (text: string) => (told += text) };
  const io = { stdout: stderr, stderr, env: {}, cwd: '/work', entry: '', interrupted: AbortSignal.abort() };
  const session = new Session(io, { dataDir, output: 'json', color: false });
  const options = await withRemembered(session, command, command.opts<Listening & Forgetting>());
  return listeningOf(options, (written) => session.path(written));
}

/** A start that succeeds: where it listens, as it is written, but for what is usual. */
async function started(...argv: readonly string[]): Promise<string> {
  const listening = await start(argv);
  expect(await remember(dataDir, listening)).toBeUndefined();
  const usual = ['--gateway-host 127.0.0.1', '--gateway-port 8080', '--gateway-tls-port 8443'];
  return usual
    .reduce((written, one) => written.replace(one, ''), writtenListening(listening).join(' '))
    .replace(/ +/g, ' ')
    .trim();
}

function words(line: string): string[] {
  return line.split(' ').filter((word) => word !== '');
}

const GATEWAY = '--gateway-host ::1 --gateway-tls-port 443 --metrics-port 9100';
const API = '--api-listen 0.0.0.0:7443 --api-host a.example:7443 --api-tls-cert /a.pem --api-tls-key /a.key';
const OIDC = '--oidc-issuer https://idp.example --oidc-audience us --oidc-role-claim role';

describe('where the last start listened', () => {
  it.each<readonly [string, readonly [first: string, second: string, expected: string]]>([
    ['nothing', ['', '', '']],
    ['a port', ['--gateway-port 80', '', '--gateway-port 80']],
    [
      'a port, beside another',
      ['--gateway-port 80', '--metrics-port 9', '--gateway-port 80 --metrics-port 9'],
    ],
    ['a port, unless it is given', ['--gateway-port 80', '--gateway-port 81', '--gateway-port 81']],
    ['a port, unless the usual one is given', ['--gateway-port 80', '--gateway-port 8080', '']],
    ['any port', ['--gateway-port 0', '', '--gateway-port 0']],
    ['all of the gateway', [GATEWAY, '', GATEWAY]],
    ['the API with its names', [API, '', API]],
    ['the API as a whole, or not at all', [API, '--api-port 7070', '--api-port 7070']],
    ['who is let in, to another API too', [`${API} ${OIDC}`, '--api-port 7070', `--api-port 7070 ${OIDC}`]],
    ['nothing that is not to be remembered', [`--gateway-port 80 ${API}`, '--no-remembered', '']],
  ])('is that of the next one: %s', async (_, [first, second, expected]) => {
    await writeFile(file(), `${JSON.stringify({ format: 1, up: words(first) })}\n`);
    expect(await started(...words(second))).toBe(expected);
    // What was used is remembered in turn.
    expect(await started()).toBe(expected);
  });

  it('is told of files by their whole path', async () => {
    await started('--api-port', '7070', '--api-tls-cert', 'a.pem', '--api-tls-key', '/keys/a.pem');
    expect(await started()).toBe('--api-port 7070 --api-tls-cert /work/a.pem --api-tls-key /keys/a.pem');
  });

  it('is told in one line, without what was given or is usual', async () => {
    await started('--gateway-port', '80', '--gateway-host', '127.0.0.1', '--metrics-port', '9100');
    expect(told).toBe('');
    await started('--metrics-port', '9200');
    expect(told).toBe('as at the last start: --gateway-port 80 (--no-remembered leaves this out)\n');
  });

  it("is its owner's alone, and is not written again when it has not changed", async () => {
    await started('--gateway-port', '80');
    const before = await stat(file(), { bigint: true });
    expect(Number(before.mode) & 0o777).toBe(0o600);
    await started();
    expect((await stat(file(), { bigint: true })).ino).toBe(before.ino);
  });

  it('is not known when it cannot be written, which is told', async () => {
    const listening = await start([]);
    await writeFile(join(dataDir, 'full'), '');
    expect(await remember(join(dataDir, 'full'), listening)).toContain('will not know where');
  });
});

describe('a file that cannot be used', () => {
  it.each([
    ['is empty', '', 'damaged'],
    ['is cut off', '{"format":1,"up":["--gateway', 'damaged'],
    ['holds something else', '{"format":1,"up":"--gateway-port 80"}', 'damaged'],
    ['holds an option that nobody knows', '{"format":1,"up":["--gateway-speed","9"]}', '--gateway-speed'],
    ['holds an option without its value', '{"format":1,"up":["--gateway-port"]}', 'argument missing'],
    ['holds a port that is none', '{"format":1,"up":["--gateway-port","x"]}', 'whole number'],
    ['holds a word that is no option', '{"format":1,"up":["80"]}', 'too many arguments'],
    ['is of a newer coalmine', '{"format":2,"up":{"port":80}}', 'newer'],
  ])('because it %s is refused, with what to do', async (_, text, reason) => {
    await writeFile(file(), text);
    await expect(start([])).rejects.toMatchObject({
      code: 'storeUnusable',
      message: expect.stringContaining(reason) as string,
      hint: expect.stringContaining('--no-remembered') as string,
    });
    expect(await readFile(file(), 'utf8')).toBe(text);
  });

  it('is kept beside the one of the next start that does without it', async () => {
    await writeFile(file(), '{"format":2}');
    expect(await started('--no-remembered', '--gateway-port', '80')).toBe('--gateway-port 80');
    expect(await readFile(`${file()}.corrupt-1`, 'utf8')).toBe('{"format":2}');
    expect(await started()).toBe('--gateway-port 80');
    expect((await readdir(dataDir)).sort()).toEqual(['listening.json', 'listening.json.corrupt-1']);
  });

  it('because it is no file is refused too', async () => {
    await rm(dataDir, { recursive: true });
    await writeFile(dataDir, '');
    await expect(start([])).rejects.toMatchObject({ code: 'storeUnusable' });
  });
});
