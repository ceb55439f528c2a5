import type { PlaneFiles } from './credentials.ts';

/** Of etcd: nothing of it has to survive a power cut. */
export function etcdArgs(of: {
  readonly dir: string;
  readonly port: number;
  readonly peerPort: number;
}): string[] {
  const client = `http://127.0.0.1:${of.port}`;
  const peer = `http://127.0.0.1:${of.peerPort}`;
  return [
    '--unsafe-no-fsync',
    `--data-dir=${of.dir}/etcd`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--logger=zap',
    '--log-level=warn',
  ];
}

/** Of the API server: with RBAC, and the tokens of a file. */
export function apiServerArgs(of: {
  readonly files: PlaneFiles;
  readonly port: number;
  readonly etcdPort: number;
}): string[] {
  const { files, port, etcdPort } = of;
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--tls-cert-file=${files.certificate}`,
    `--tls-private-key-file=${files.key}`,
    `--client-ca-file=${files.clientCa}`,
    `--token-auth-file=${files.tokens}`,
    '--authorization-mode=RBAC',
    // Pods need no service account here, whose token a kubelet would mount.
    '--disable-admission-plugins=ServiceAccount',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.accountKey}`,
    `--service-account-signing-key-file=${files.accountKey}`,
    '--service-cluster-ip-range=10.0.0.0/16',
    '--shutdown-delay-duration=0s',
    // Lists as watches need an etcd that tells its progress (3.4.25 and later). With an older one kwok tries them for ever,
    // less and less often, and pods get ready a minute late.
    '--feature-gates=WatchList=false',
    '--v=0',
  ];
}

/** Of the controllers of Deployments, ReplicaSets, garbage and the rest. */
export function controllerManagerArgs(of: { readonly files: PlaneFiles; readonly port: number }): string[] {
  return [
    `--kubeconfig=${of.files.kubeconfig}`,
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    `--secure-port=${of.port}`,
    `--cert-dir=${of.files.dir}/controller-manager`,
    `--service-account-private-key-file=${of.files.accountKey}`,
    `--root-ca-file=${of.files.certificate}`,
    '--kube-api-qps=500',
    '--kube-api-burst=500',
    '--v=0',
  ];
}

/** Of the scheduler. */
export function schedulerArgs(of: { readonly files: PlaneFiles; readonly port: number }): string[] {
  return [
    `--kubeconfig=${of.files.kubeconfig}`,
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    `--secure-port=${of.port}`,
    `--cert-dir=${of.files.dir}/scheduler`,
    '--kube-api-qps=500',
    '--kube-api-burst=500',
    '--v=0',
  ];
}

/** Of kwok, which says of every node and pod what a kubelet would. */
export function kwokArgs(of: { readonly files: PlaneFiles; readonly server: string }): string[] {
  return [
    `--kubeconfig=${of.files.kubeconfig}`,
    '--manage-all-nodes=true',
    '--node-lease-duration-seconds=40',
    '--enable-crds=',
  ];
}
