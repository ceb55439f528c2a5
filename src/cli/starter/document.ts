/** What a first coalmine.yaml is made of. */
export interface Starter {
  readonly name: string;
  readonly command: readonly string[];
  readonly build?: readonly string[];
  readonly isPlaceholder: boolean;
}

/** The text of a first coalmine.yaml, with comments on what to change. */
export function starterDocument({ name, command, build, isPlaceholder }: Starter): string {
  const buildLine =
    build === undefined ? '' : `      build: ${list(build)} # run once in the copy of each version\n`;
  const todo = isPlaceholder ? ' # replace this by how your program is started' : '';
  return `# What coalmine runs here, and how new versions of it are released.
# "coalmine validate" checks this file; "coalmine plan" shows what a release would do.
apiVersion: coalmine.dev/v1
kind: Rollout
metadata:
  name: ${name}
spec:
  workload:
    process:
      from: . # copied for each version, so that a running one never changes
${buildLine}      command: ${list(command)}${todo}
      # Each process has to listen on 127.0.0.1 and the port in $PORT, a different one each time.
      replicas: 2
      # When a process may get requests. Without "ready", once its port takes connections.
      ready: { tcp: {}, within: 30s } # or { http: /healthz, within: 30s }
      stop: { drain: 20s }
      # env: { LOG_LEVEL: info }
      # envFiles: [.env]
  traffic:
    gateway: {} # or { host: shop.example.com, path: /, sticky: { cookie: auto } }
  strategy:
    canary:
      weights: [5%, 25%, 50%]
  analysis:
    checks:
      # Worse by half than the stable version, and by more than 0.2% of the requests, is harm.
      # Proof of less than twice its errors lets a step end early.
      - { name: errors, errors: {}, worseBy: 50%, safe: 2x, floor: 0.2% }
      # Slower by a tenth is harm.
      - { name: latency, latency: {}, worseBy: 10% }
`;
}

function list(words: readonly string[]): string {
  return `[${words.map((word) => (/^[\w./-]+$/.test(word) ? word : JSON.stringify(word))).join(', ')}]`;
}
