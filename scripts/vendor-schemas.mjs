// What services say themselves of what they are sent, kept as JSON Schema in test/notify/vendor-schemas.json: of Slack and
// Google Chat by the types of their clients, of GitHub by its OpenAPI document. Reading them takes half a minute, and the
// document of GitHub comes in a package of 400 MB, so it is done when one of them is taken anew, and not by tests.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';

const TARGET = 'test/notify/vendor-schemas.json';
const GITHUB = '@octokit/openapi@23.0.2';

/** What coalmine may send, of the types that a client has. */
const TYPES = {
  slack: `
    import type { ContextBlock, HeaderBlock, SectionBlock } from '@slack/types';
    export interface Sent {
      channel?: string;
      text: string;
      blocks: (HeaderBlock | Omit<SectionBlock, 'accessory'> | ContextBlock)[];
      unfurl_links?: boolean;
      thread_ts?: string;
      reply_broadcast?: boolean;
    }`,
  googleChat: `
    import type { chat_v1 } from '@googleapis/chat';
    export type Sent = Pick<chat_v1.Schema$Message, 'text' | 'thread'>;`,
};

async function fromTypes(text) {
  const dir = await mkdtemp(resolve('node_modules', '.vendor-'));
  try {
    const path = join(dir, 'sent.ts');
    const tsconfig = join(dir, 'tsconfig.json');
    const compilerOptions = { module: 'nodenext', strict: true, skipLibCheck: true, types: [] };
    await writeFile(path, text);
    await writeFile(tsconfig, JSON.stringify({ compilerOptions, files: ['sent.ts'] }));
    const options = { skipTypeCheck: true, additionalProperties: false, topRef: false, jsDoc: 'none' };
    return createGenerator({ path, tsconfig, type: 'Sent', ...options }).createSchema('Sent');
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function githubDocument() {
  const dir = await mkdtemp(join(tmpdir(), 'vendor-schemas-'));
  try {
    execFileSync('npm', ['install', '--silent', '--no-save', '--prefix', dir, GITHUB], { stdio: 'inherit' });
    const file = 'node_modules/@octokit/openapi/generated/api.github.com.json';
    return JSON.parse(await readFile(join(dir, file), 'utf8'));
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Of one operation what it is sent and what it answers, without words and without what it refers to. */
function operation({ paths, components }, path, status) {
  const { requestBody, responses } = paths[path].post;
  const json = ({ content }) => content['application/json'].schema;
  const name = json(responses[status]).$ref.split('/').at(-1);
  return {
    // The API passes over what it does not know; here it is most likely a mistake.
    sent: wordless({ ...json(requestBody), additionalProperties: false }),
    answered: wordless(components.schemas[name]),
  };
}

function wordless(schema) {
  return JSON.parse(JSON.stringify(schema), (key, value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    if (key === 'properties') return value;
    const { description: _, example: __, title: ___, nullable, $ref, ...rest } = value;
    if ($ref !== undefined) return {};
    // What was not said is answered as nothing, which is no URL.
    if (rest.default === '') delete rest.format;
    return nullable === true ? { anyOf: [rest, { type: 'null' }] } : rest;
  });
}

async function versionOf(name) {
  return JSON.parse(await readFile(`node_modules/${name}/package.json`, 'utf8')).version;
}

const github = await githubDocument();
const deployments = '/repos/{owner}/{repo}/deployments';
const written = {
  from: {
    '@slack/types': await versionOf('@slack/types'),
    '@googleapis/chat': await versionOf('@googleapis/chat'),
    [GITHUB.slice(0, GITHUB.lastIndexOf('@'))]: GITHUB.slice(GITHUB.lastIndexOf('@') + 1),
  },
  slack: await fromTypes(TYPES.slack),
  googleChat: await fromTypes(TYPES.googleChat),
  githubDeployment: operation(github, deployments, 201),
  githubStatus: operation(github, `${deployments}/{deployment_id}/statuses`, 201),
};
await writeFile(TARGET, `${JSON.stringify(written, null, 2)}\n`);
