import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ContainerBody, FakeContainer } from './fake-container.ts';

/** What is sent with a request. */
export type Sent = Readonly<Record<string, unknown>> | undefined;

/** An image with the tag that is meant when none is written. */
export function tagged(name: string): string {
  return /:[^/]*$/.test(name) ? name : `${name}:latest`;
}

/** True for a container with a label, or a label of this value. */
export function hasLabel({ Labels: labels = {} }: ContainerBody, wanted: string): boolean {
  const equals = wanted.indexOf('=');
  return equals < 0 ? wanted in labels : labels[wanted.slice(0, equals)] === wanted.slice(equals + 1);
}

/** A container in a list. */
export function listed({ id, name, body, imageId, status, createdAt }: FakeContainer): object {
  const created = Math.floor(createdAt / 1_000);
  const common = { Id: id, Names: [`/${name}`], Image: body.Image, ImageID: imageId, Created: created };
  return {
    ...common,
    Labels: body.Labels ?? {},
    State: status,
    Status: status,
    Ports: [],
    Command: '',
    Mounts: [],
  };
}

/** A container, looked at closely. */
export function inspected({
  id,
  name,
  body,
  imageId,
  status,
  exitCode,
  createdAt,
  pid,
}: FakeContainer): object {
  const state = {
    Status: status,
    Running: status === 'running',
    ExitCode: exitCode,
    OOMKilled: false,
    Error: '',
    Pid: pid,
  };
  const config = {
    Image: body.Image,
    Env: body.Env ?? [],
    Labels: body.Labels ?? {},
    Cmd: body.Cmd ?? null,
    Tty: false,
  };
  const times = { Created: new Date(createdAt).toISOString() };
  return {
    Id: id,
    Name: `/${name}`,
    Image: imageId,
    State: state,
    Config: config,
    HostConfig: body.HostConfig ?? {},
    ...times,
  };
}

/** A piece of a multiplexed stream. */
export function frame(stream: 1 | 2, bytes: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

/** Runs a command to its end, and answers its status. */
export function statusOf([file = '', ...args]: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: 'ignore' });
    child.once('error', () => {
      resolve(126);
    });
    child.once('exit', (code) => {
      resolve(code ?? 137);
    });
  });
}

/** Answers with JSON, or nothing. */
export function send(response: ServerResponse, status: number, body?: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, body === undefined ? {} : { 'content-type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

/** The JSON that was sent; undefined when nothing was. */
export async function bodyOf(request: IncomingMessage): Promise<Sent> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString('utf8');
  return text === '' ? undefined : (JSON.parse(text) as Sent);
}
