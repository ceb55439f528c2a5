import { manifest, type Manifest } from '../manifest.ts';
import { API_NAME, POD_LABELS, PORTS } from './names.ts';

/** The Service through which the API is reached. */
export function apiService(namespace: string): Manifest {
  return manifest(
    { apiVersion: 'v1', kind: 'Service', name: API_NAME, namespace },
    { spec: { selector: { ...POD_LABELS }, ports: [{ name: 'api', port: 443, targetPort: PORTS.api }] } },
  );
}
