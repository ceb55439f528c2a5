import { stringify } from 'yaml';
import { Failure } from '../../base/failure.ts';
import { VERSION } from '../../base/version.ts';
import { applyDefinitions } from '../../operator/install/definitions.ts';
import { installation } from '../../operator/install/manifests.ts';
import { place, type Placed } from '../../operator/install/placing.ts';
import { OPERATOR_NAMESPACE } from '../../operator/install/names.ts';
import { refuseRivals } from '../../operator/install/rivals.ts';
import type { InstallSettings } from '../../operator/install/settings.ts';
import type { InstallOptions } from '../commands/install.ts';
import type { Session } from '../session.ts';
import { placedLines, withCluster } from './cluster.ts';

/** Installs the operator, or shows how it would; answers the exit status. */
export async function install(session: Session, options: InstallOptions): Promise<number> {
  const settings = settingsOf(options);
  const objects = installation(settings);
  if (options.print === true) {
    session.say(
      objects
        .map((object) => stringify(object, { aliasDuplicateObjects: false }))
        .join('---\n')
        .trimEnd()
        .split('\n'),
    );
    return 0;
  }
  const { dryRun = false } = options;
  const { interrupted } = session.io;
  return withCluster(session, options, async (client) => {
    await refuseRivals(client, settings, interrupted);
    const placed: Placed[] = [];
    for (const object of objects) placed.push(await place(object, { client, dryRun }, interrupted));
    if (!dryRun) await applyDefinitions(client, interrupted);
    await session.print({ dryRun, objects: placed }, () => placedLines(placed, dryRun));
    return 0;
  });
}

function settingsOf(options: InstallOptions): InstallSettings {
  refuseContradictions(options);
  const { namespace = OPERATOR_NAMESPACE, namespaced = false, enable, hold, replicas, image } = options;
  const { api = false, apiHost = [], clusterName } = options;
  return {
    ...{ namespace, namespaced, enable, hold, replicas, image: image ?? `coalmine:${VERSION}` },
    ...{ api, apiHosts: apiHost, ...(clusterName === undefined ? {} : { clusterName }) },
  };
}

function refuseContradictions(options: InstallOptions): void {
  const { namespaced = false, hold, api = false, apiHost = [], clusterName } = options;
  if (namespaced && hold === 'webhook') {
    throw new Failure('usage', '--namespaced and --hold webhook do not go together', {
      hint: 'a webhook is of the whole cluster: leave out one of them',
    });
  }
  if (!api && (apiHost.length > 0 || clusterName !== undefined)) {
    throw new Failure('usage', '--api-host and --cluster-name are of the API, which is not asked for', {
      hint: 'add --api, which serves it',
    });
  }
}
