import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { Failure } from '../../../base/failure.ts';
import { programOptions } from '../../documents.ts';
import type { Session } from '../../session.ts';
import { nameFrom } from '../name.ts';
import type { Noted } from '../noted.ts';
import { pm2Rollouts } from './pm2.ts';
import { procfileRollouts } from './procfile.ts';

const PROCFILE = /^Procfile(\..+)?$/;
const ECOSYSTEM = /(^ecosystem|\.config)\b.*\.(c?js|json)$|^(ecosystem|pm2)\.json$/;

/** What is taken over, and where it goes. */
export interface ImportOrder {
  /** Absolute. */
  readonly from: string;
  /** The file that is written, absolute. */
  readonly to: string;
  readonly name?: string;
  /** PM2's `--env`. */
  readonly environment?: string;
}

/** The Rollouts of a Procfile or a PM2 ecosystem file. Throws Failure `usage` for other files, and what each throws. */
export async function importRollouts(session: Session, order: ImportOrder): Promise<readonly Noted[]> {
  const { from: file, to, name, environment } = order;
  const directory = dirname(file);
  const origin = {
    file,
    app: name ?? nameFrom(basename(directory)),
    place: relative(dirname(to), directory) || '.',
  };
  const { readText, runForExport } = await import('../../reading.ts');
  const missing = 'name a Procfile, or the ecosystem file of PM2';
  if (PROCFILE.test(basename(file))) {
    const text = await readText(file, missing);
    const envFiles = (await readdir(directory)).includes('.env') ? [join(origin.place, '.env')] : [];
    return procfileRollouts(text, { ...origin, envFiles });
  }
  if (!ECOSYSTEM.test(basename(file))) {
    throw new Failure('usage', `${file} is neither a Procfile nor an ecosystem file of PM2`, {
      hint: missing,
    });
  }
  const exported = file.endsWith('.json')
    ? parseJson(await readText(file, missing), file)
    : await runForExport(file, programOptions(session));
  return pm2Rollouts(exported, {
    ...origin,
    cpus: availableParallelism(),
    ...(environment === undefined ? {} : { environment }),
  });
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure('invalidSpec', `${file} is not JSON`, { cause });
  }
}

/** What of another tool is in a directory: the file to take over, or the program that would have to be run for it. */
export async function findImport(
  directory: string,
): Promise<{ readonly file?: string; readonly program?: string }> {
  const here = new Set(await readdir(directory));
  const file = ['Procfile', 'ecosystem.config.json', 'ecosystem.json'].find((name) => here.has(name));
  if (file !== undefined) return { file };
  const program = ['ecosystem.config.cjs', 'ecosystem.config.js'].find((name) => here.has(name));
  return program === undefined ? {} : { program };
}
