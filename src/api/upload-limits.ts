import type { UploadKind } from './resources.ts';

/** The most bytes of what is sent, by its kind. */
export const UPLOAD_LIMITS: Readonly<Record<UploadKind, number>> = {
  artefact: 2 * 1024 ** 3,
  environment: 1024 ** 2,
};

/** The media type of what is sent. */
export const UPLOAD_TYPE = 'application/octet-stream';
