// What only commands that read files need: the grammar and its validator take a while to load.
export { absolutePaths, mapPaths } from '../config/absolute-paths.ts';
export { jsonSchema } from '../config/json-schema.ts';
export { runForExport, runRollouts } from '../config/program.ts';
export { isProgramFile, USUAL_FILES } from '../config/program-file.ts';
export { readRollouts } from '../config/read.ts';
export { readText } from '../config/text-file.ts';
