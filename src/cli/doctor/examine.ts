import type { Session } from '../session.ts';
import { containersFinding } from './containers.ts';
import type { Finding } from './finding.ts';
import {
  clockFinding,
  dataDirFinding,
  diskFinding,
  nodeFinding,
  openFilesFinding,
  procFinding,
} from './machine.ts';
import { runningFindings } from './running.ts';

/** Looks at everything coalmine needs here; works without a running one. */
export async function examine(session: Session): Promise<readonly Finding[]> {
  const { dataDir } = session;
  return [
    nodeFinding(process.version),
    await dataDirFinding(dataDir),
    await diskFinding(dataDir),
    await procFinding(process.platform),
    await openFilesFinding(),
    clockFinding(Date.now()),
    await containersFinding(session.io.env),
    ...(await runningFindings(session)),
  ];
}
