import type { Server } from 'node:https';
import { messageOf } from '../../base/failure.ts';
import type { KubeClient } from '../../kube/client.ts';
import { waitFor } from '../../system/waiting.ts';
import { WEBHOOK_NAME } from '../install/names.ts';
import { hostsOf, readConfiguration, vouchFor } from './configuration.ts';
import { holdServer, type HoldAddress, type HoldAnswers } from './hold-server.ts';
import { sharedCertificate } from './shared-certificate.ts';

/** What the webhook works with. */
export interface HoldWebhookOptions extends HoldAnswers {
  readonly client: KubeClient;
  /** Where its certificate is kept. */
  readonly namespace: string;
  readonly address: HoldAddress;
  /** Told of each certificate that is shown from now on, in PEM. */
  readonly onCertificate?: (cert: string) => void;
  /** Wall clock, milliseconds. */
  readonly now: () => number;
  /** How often it looks whether certificate and configuration are as they should be. */
  readonly lookEveryMs?: number;
}

const LOOK_EVERY_MS = 60_000;
const TRY_AGAIN_MS = 5_000;

/** What it serves with at the moment. */
interface Serving {
  readonly server: Server;
  readonly cert: string;
}

/**
 * Holds new templates of Deployments that are looked after back, in the write that brings them, until the signal is
 * aborted. Nothing depends on it: where it cannot answer, Kubernetes rolls by itself.
 */
export async function runHoldWebhook(options: HoldWebhookOptions, signal: AbortSignal): Promise<void> {
  const { log, lookEveryMs = LOOK_EVERY_MS } = options;
  let serving: Serving | undefined;
  let isGoing = true;
  while (isGoing) {
    let waitMs = lookEveryMs;
    try {
      serving = told(serving, await look(serving, options, signal), options);
    } catch (error) {
      if (signal.aborted) break;
      waitMs = Math.min(TRY_AGAIN_MS, lookEveryMs);
      log.warn('the webhook is not ready', { reason: messageOf(error) });
    }
    isGoing = await waitFor(waitMs, signal);
  }
  serving?.server.close();
  serving?.server.closeAllConnections();
}

/** What it serves with now, once whoever wants to know has been told of it. */
function told(
  before: Serving | undefined,
  now: Serving | undefined,
  { onCertificate }: Pick<HoldWebhookOptions, 'onCertificate'>,
): Serving | undefined {
  if (now !== undefined && now.cert !== before?.cert) onCertificate?.(now.cert);
  return now;
}

/** Serves with the certificate there is by now, and has the API server believe it. */
async function look(
  serving: Serving | undefined,
  options: HoldWebhookOptions,
  signal: AbortSignal,
): Promise<Serving | undefined> {
  const { client, namespace, address, now, log } = options;
  const configuration = await readConfiguration(client, signal);
  const hosts = configuration === undefined ? [] : hostsOf(configuration);
  if (configuration === undefined || hosts.length === 0) {
    log.warn('the webhook is not installed, so nothing is held back', {
      hint: 'coalmine install --hold webhook',
    });
    return serving;
  }
  const place = { client, namespace, name: WEBHOOK_NAME, hosts, nowMs: now() };
  const certificate = await sharedCertificate(place, signal);
  const { cert, key, authorities } = certificate;
  const first = serving ?? { server: await holdServer(address, certificate, options), cert };
  const isBelieved = await vouchFor(configuration, { client, authorities }, signal);
  // A new one is served with once the API server has had the time to hear of it: until then it believes the old one.
  if (first.cert === cert || !isBelieved) return first;
  first.server.setSecureContext({ cert, key });
  return { server: first.server, cert };
}
