#!/usr/bin/env node
import { runCommandLine } from './cli/program.js';

/** The composition root: arguments in, exit code out. Replaced by the build. */
declare const RINGMASTER_VERSION: string;

/** Node's own exit code where the program waits for what can never come; it says nothing more. */
const UNSETTLED = 13;
process.on('exit', () => {
  if (process.exitCode !== UNSETTLED) return;
  process.stderr.write('ringmaster: internal error, please report it\nnothing is left to wait for\n');
  process.exitCode = 1;
});

try {
  process.exitCode = await runCommandLine(
    process.argv.slice(2),
    typeof RINGMASTER_VERSION === 'string' ? RINGMASTER_VERSION : 'development',
  );
} catch (error) {
  // Whatever arrives here is a bug of ours: everything else is a value.
  process.stderr.write(
    `ringmaster: internal error, please report it\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = 1;
}
