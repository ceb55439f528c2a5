/** What a gateway is started with. No secret of this process is its business; whom it is to trust is. */
export function gatewayEnvironment(): Record<string, string> {
  const { PATH = '', NODE_EXTRA_CA_CERTS: trusted } = process.env;
  return { PATH, ...(trusted === undefined ? {} : { NODE_EXTRA_CA_CERTS: trusted }) };
}
