// What only commands that read files need: the grammar and its validator take a while to load.
export { absolutePaths } from '../config/absolute-paths.ts';
export { jsonSchema } from '../config/json-schema.ts';
export { readRollouts } from '../config/read.ts';
