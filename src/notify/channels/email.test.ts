import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { localSecrets } from '../../system/secret.ts';
import type { EmailChannel } from '../../rollout/model-notify.ts';
import { messageOf } from '../message.ts';
import { poster } from '../post.ts';
import { aListener, aNotice } from '../testing/notices.ts';
import { emailChannel } from './email.ts';

const PASSWORD = 'pass-word-secret';
let key: string;
let cert: string;
let server: SMTPServer | undefined;
let mails: {
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly user: unknown;
  readonly text: string;
}[];

beforeAll(() => {
  const dir = mkdtempSync(join(tmpdir(), 'coalmine-mail-'));
  const [keyFile, certFile] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', [...made, '-days', '2', '-keyout', keyFile, '-out', certFile, ...subject], {
    stdio: 'ignore',
  });
  key = readFileSync(keyFile, 'utf8');
  cert = readFileSync(certFile, 'utf8');
  rmSync(dir, { recursive: true });
});

afterEach(async () => {
  await new Promise<void>((resolve) => {
    if (server === undefined) resolve();
    else server.close(resolve);
  });
  server = undefined;
});

afterAll(() => {
  mails = [];
});

/** A real server, which keeps what it takes. Answers the port it listens on. */
async function listen(options: SMTPServerOptions = {}): Promise<number> {
  mails = [];
  server = new SMTPServer({
    key,
    cert,
    onAuth: ({ username, password }, _, answer) => {
      if (username === 'ops' && password === PASSWORD) answer(null, { user: 'ops' });
      else
        answer(
          Object.assign(new Error(`5.7.8 no such user with ${String(password)}`), { responseCode: 535 }),
        );
    },
    onData: (stream, { envelope, secure, user }, answer) => {
      let text = '';
      stream.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      stream.on('end', () => {
        mails.push({ to: envelope.rcptTo.map(({ address }) => address), secure, user, text });
        answer();
      });
    },
    ...options,
  });
  // What a client does wrong is what these tests are about.
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  return (listening.address() as AddressInfo).port;
}

const mailbox = (port: number, differences: Partial<EmailChannel> = {}): EmailChannel => ({
  kind: 'email',
  host: 'localhost',
  port,
  security: 'startTls',
  login: { user: 'ops', password: { env: 'PASSWORD' } },
  from: 'coalmine <coalmine@example.com>',
  to: ['ops@example.com', 'Ana <ana@example.com>'],
  ...differences,
});

function send(
  settings: EmailChannel,
  { secrets = { PASSWORD }, ca = cert, notice = aNotice(), silentMs = 9_000 } = {},
) {
  const { signal } = new AbortController();
  return emailChannel({ ca, silentMs })(settings, {
    message: messageOf({ name: 'shop' }, aListener(settings, { link: 'https://c.example/{{name}}' }), notice),
    secretAt: localSecrets(secrets),
    post: poster(signal),
    now: Date.now(),
    signal,
  });
}

it('mail is sent to all recipients, encrypted before the password is said', async () => {
  const port = await listen();
  expect(await send(mailbox(port))).toMatchObject({ kind: 'taken' });
  const [mail] = mails;
  expect(mail).toMatchObject({ to: ['ops@example.com', 'ana@example.com'], secure: true, user: 'ops' });
  expect(mail?.text).toContain('Subject: shop: release 12 is rolled back');
  expect(mail?.text).toContain('https://c.example/shop');
});

it('mails about one release are one conversation, and what is sent again has the same id', async () => {
  const port = await listen();
  const idIn = (name: string, text = ''): string | undefined =>
    new RegExp(`^${name}: (.+)$`, 'm').exec(text)?.[1]?.trim();
  await send(mailbox(port), { notice: aNotice({ moment: 'started' }) });
  await send(mailbox(port));
  await send(mailbox(port));
  const ids = mails.map(({ text }) => idIn('Message-ID', text));
  expect(ids[1]).toBe('<shop-12-m1-rolledBack-team@coalmine>');
  expect(ids[2]).toBe(ids[1]);
  expect(ids[0]).not.toBe(ids[1]);
  expect(new Set(mails.map(({ text }) => idIn('References', text))).size).toBe(1);
});

it('a connection may begin encrypted, or not be encrypted at all', async () => {
  const secure = await listen({ secure: true });
  expect(await send(mailbox(secure, { security: 'tls' }))).toMatchObject({ kind: 'taken' });
  await new Promise<void>((resolve) => server?.close(resolve));
  const open = await listen({ authOptional: true, hideSTARTTLS: true });
  const { login: _, ...plain } = mailbox(open, { security: 'none' });
  expect(await send(plain)).toMatchObject({ kind: 'taken' });
  expect(mails[0]?.secure).toBe(false);
});

it('nothing is said to a server that does not encrypt, or that nobody vouches for', async () => {
  const port = await listen({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
  expect((await send(mailbox(port))).kind).not.toBe('taken');
  await new Promise<void>((resolve) => server?.close(resolve));
  const other = await listen();
  const sent = await send(mailbox(other), { ca: '' });
  expect(sent).toMatchObject({ kind: 'delayed' });
  expect(sent.why).toMatch(/self.signed|certificate/i);
  expect(mails).toEqual([]);
});

it('a wrong password is refused', async () => {
  const port = await listen();
  const sent = await send(mailbox(port), { secrets: { PASSWORD: 'wrong-secret' } });
  expect(sent.kind).toBe('refused');
});

it.each([
  [550, 'refused'],
  [451, 'delayed'],
])('a recipient who is answered %i: %s', async (responseCode, kind) => {
  const port = await listen({
    onRcptTo: (_, __, answer) => {
      answer(Object.assign(new Error('not now'), { responseCode }));
    },
  });
  expect((await send(mailbox(port))).kind).toBe(kind);
});

it('a server that is not there is tried again', async () => {
  expect(await send(mailbox(1))).toMatchObject({ kind: 'delayed' });
});

it('a server that says nothing is not waited for', async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const sent = await send(mailbox((silent.address() as AddressInfo).port), { silentMs: 100 });
  silent.close();
  expect(sent).toMatchObject({ kind: 'delayed' });
  // Whichever of its waits is over first.
  expect(sent.why).toMatch(/greeting|timeout/i);
});
