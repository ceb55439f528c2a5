import type { Caller } from '../../api/access/caller.ts';
import type { Condition } from '../../api/conditions.ts';
import type { ApproveRequest, SteerRequest } from '../../api/resources.ts';
import { fixedCredentials, type ClusterAccess } from '../../kube/access.ts';
import { kubeClient } from '../../kube/api-client.ts';
import type { KubeClient } from '../../kube/client.ts';
import { splitClient } from '../../kube/split-client.ts';
import { ClusterOperations } from '../cluster-operations.ts';
import { readMemory } from '../store/memory.ts';
import { sealed } from '../seal.ts';

/** Whom something is done for, and with what. */
export interface AccountOperationsOptions {
  /** Reads, for who may see. */
  readonly client: KubeClient;
  /** How the API server is reached. */
  readonly access: ClusterAccess;
  readonly namespace: string;
  /** What the cluster is called. */
  readonly cluster?: string | undefined;
  readonly caller: Pick<Caller, 'author' | 'groups'>;
  /** The caller's own. */
  readonly token: string;
  /** The key of the installation. */
  readonly keyOf: () => Promise<string>;
  /** What a change asks to be so. */
  readonly condition?: Condition | undefined;
}

/**
 * What can be done about the Rollouts of a namespace for an account of the cluster. It is shown what the operator sees; what
 * it changes it writes itself, with its own token: so its API server decides about each write, and its audit log names it.
 */
export class AccountOperations extends ClusterOperations {
  readonly #account: AccountOperationsOptions;

  constructor(account: AccountOperationsOptions) {
    super(account);
    this.#account = account;
  }

  override steer(name: string, request: SteerRequest) {
    return this.#asAccount((own) => own.steer(name, request));
  }

  override approve(name: string, request: ApproveRequest) {
    return this.#asAccount((own) => own.approve(name, request));
  }

  override restart(name: string) {
    return this.#asAccount((own) => own.restart(name));
  }

  override remove(name: string) {
    return this.#asAccount((own) => own.remove(name));
  }

  async #asAccount<T>(work: (own: ClusterOperations) => Promise<T>): Promise<T> {
    const { client, access, namespace, cluster, caller, token, keyOf, condition } = this.#account;
    const credentials = fixedCredentials({ authorization: `Bearer ${token}` });
    const writer = kubeClient({ ...access, credentials });
    const { name, groups } = { name: caller.author.name, groups: caller.groups };
    const own = new ClusterOperations({
      client: splitClient(client, writer),
      namespace,
      cluster,
      condition,
      // As the webhook does, where there is one: it knows the same of who writes.
      seal: async (command, { metadata, status }) => {
        const release = readMemory(status?.memory)?.status.release?.number;
        return sealed(command, { name, groups }, { uid: metadata.uid ?? '', release, key: await keyOf() });
      },
    });
    try {
      return await work(own);
    } finally {
      await writer.close();
    }
  }
}
