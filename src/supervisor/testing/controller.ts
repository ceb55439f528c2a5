import { join } from 'node:path';
import { createSupervisor } from '../supervisor.ts';
import type { GroupKey, ProcessSettings } from '../settings.ts';
import { fileTable, type ProcessTable } from '../table.ts';

/** What a control process in a test does, as JSON in its first argument. */
export interface ControllerOrder {
  readonly dataDir: string;
  readonly key: GroupKey;
  readonly replicas: number;
  readonly settings: ProcessSettings;
  /** Kills itself: before a process is started, or between its start and its record. */
  readonly dies?: 'beforeStart' | 'afterStart';
}

await runController(JSON.parse(process.argv[2] ?? '') as ControllerOrder);

async function runController(order: ControllerOrder): Promise<void> {
  const table = await fileTable(join(order.dataDir, 'run', 'instances'));
  const supervisor = await createSupervisor({
    dataDir: order.dataDir,
    table: order.dies === undefined ? table : dying(table, order.dies),
    log: { info: () => undefined, warn: () => undefined },
    beforeStop: () => Promise.resolve(),
    onChange: (rollout) => {
      const [group] = supervisor.groups(rollout);
      if (group?.ready === order.replicas) console.log('ready');
    },
  });
  await supervisor.adopt();
  supervisor.setSize(order.key, order.replicas, order.settings);
}

function dying(table: ProcessTable, when: 'beforeStart' | 'afterStart'): ProcessTable {
  return {
    ...table,
    put: async (record) => {
      if (when === 'afterStart' && record.process !== undefined) process.kill(process.pid, 'SIGKILL');
      await table.put(record);
      if (when === 'beforeStart') process.kill(process.pid, 'SIGKILL');
    },
  };
}
