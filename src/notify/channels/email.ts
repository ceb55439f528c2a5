import type { SentMessageInfo, Transporter } from 'nodemailer';
import { messageOf, withHint } from '../../base/failure.ts';
import type { EmailChannel } from '../../rollout/model-notify.ts';
import type { Channel, Message, Order, Sent } from '../channel.ts';
import { cut } from '../message.ts';

/** Longer subjects are cut by those who show them. */
const MOST_SUBJECT = 200;

/** How servers are spoken to, where that is not as usual. */
export interface MailOptions {
  /** Whom to believe in place of the authorities that everybody believes, as PEM. */
  readonly ca?: string;
  /** How long a server may say nothing. */
  readonly silentMs?: number;
}

/** No longer than an attempt as a whole. */
const SILENT_MS = 9_000;

/** Sends mail. The mails about one release are one conversation, and what is sent again has the same id. */
export function emailChannel(options: MailOptions = {}): Channel<EmailChannel> {
  return async (settings, order) => {
    const transport = await transportFor(settings, options, order);
    try {
      const info: SentMessageInfo = await transport.sendMail(mailOf(settings, order.message));
      return { kind: 'taken', why: `answered ${info.response}` };
    } catch (cause) {
      return refusalIn(cause);
    } finally {
      transport.close();
    }
  };
}

async function transportFor(
  { host, port, security, login }: EmailChannel,
  { ca, silentMs = SILENT_MS }: MailOptions,
  { secretAt }: Order,
): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  const pass = login && (await secretAt(login.password).read());
  return createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'startTls',
    ignoreTLS: security === 'none',
    ...(login === undefined || pass === undefined ? {} : { auth: { user: login.user, pass } }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    connectionTimeout: silentMs,
    greetingTimeout: silentMs,
    socketTimeout: silentMs,
    dnsTimeout: silentMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function mailOf({ from, to }: EmailChannel, { title, text, link, notice, releaseKey }: Message) {
  const id = (key: string): string => `<${key.replaceAll(/[^\w.-]/g, '~')}@coalmine>`;
  return {
    from,
    to: [...to],
    subject: cut(title.replaceAll(/\s+/g, ' '), MOST_SUBJECT),
    text: `${text}\n${link === undefined ? '' : `\n${link}\n`}`,
    messageId: id(notice.key),
    inReplyTo: id(releaseKey),
    references: id(releaseKey),
    date: new Date(notice.at),
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Coalmine-Moment': notice.moment },
  };
}

const REACH = 'check host and port of the server, and whether this machine may reach it';

/** What to do about what went wrong, by the codes of nodemailer. */
const NEXT: ReadonlyMap<unknown, string> = new Map([
  ['EAUTH', 'check user and password: many providers want one that is made for programs'],
  ['EENVELOPE', 'check from and to: the server takes no mail from the one, or for the other'],
  ['ETLS', 'check security and port: startTls is most often at 587, tls at 465'],
  ['EDNS', REACH],
  ['ECONNECTION', REACH],
  ['ETIMEDOUT', REACH],
]);

/** A server that answers 5xx will do so again; all else may pass. */
function refusalIn(cause: unknown): Sent {
  const { responseCode, code } = cause as { readonly responseCode?: unknown; readonly code?: unknown };
  const why = withHint(messageOf(cause), NEXT.get(code));
  const isFinal = typeof responseCode === 'number' && responseCode >= 500;
  return { kind: isFinal && code !== 'ECONNECTION' ? 'refused' : 'delayed', why };
}
