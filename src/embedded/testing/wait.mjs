// A build that lasts until the file named by $GATE is there. It says that it began, and repeats its secret.
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const { GATE = '', SECRET = '' } = process.env;
writeFileSync(`${GATE}.begun`, '');
console.log(`building with ${SECRET}`);
while (!existsSync(GATE)) await sleep(5);
if (existsSync(`${GATE}.fails`)) process.exit(1);
