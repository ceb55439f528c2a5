import type { JsonObject } from '../src/base/json.ts';

export function apiViews(): Promise<Readonly<Record<string, JsonObject>>>;
