// The package has types for its schemas only where they are schemas of zod, which are written in JavaScript.
declare module 'discord-api-spec/zod' {
  import type { ZodMiniType } from 'zod/mini';
  export const IncomingWebhookRequestPartialSchema: ZodMiniType;
  export const RatelimitedResponseSchema: ZodMiniType;
  export const ErrorResponseSchema: ZodMiniType;
}
