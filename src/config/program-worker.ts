import { parentPort, workerData } from 'node:worker_threads';
import { runProgram } from './run-program.ts';

// A thread of its own: a loop without end in it can be ended, and it cannot end the command.
const { file } = workerData as { readonly file: string };
parentPort?.postMessage(await runProgram(file, process.env));
