import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import type { Vars } from '../core/value.js';

/** Variables of ours and the shell's own, that no task has set. */
const OURS = /^(?:RM_.*|_|OLDPWD|PS[1-4]|IFS|OPTIND)$/;

/**
 * The environment that tasks run in. Entries are ended by NUL where `env` can, so that values of several lines stay
 * whole: NUL travels as a newline, and a newline as byte 1.
 */
export const environment: Fact = {
  name: 'environment',
  summary: 'The environment of tasks.',
  provides: ['env'],
  probe: () =>
    probe(
      sh`{ env -0 2>/dev/null || env | tr '\\n' '\\000'; } | tr '\\000\\n' '\\n\\001' | cut -b 1-65536 | sed 2000q`,
      ({ stdout }) => ({ env: read(stdout) }),
    ),
};

function read(stdout: string): Vars {
  const found: Record<string, string> = {};
  for (const entry of stdout.split('\n')) {
    const equals = entry.indexOf('=');
    const name = entry.slice(0, equals);
    if (equals > 0 && !OURS.test(name)) found[name] = entry.slice(equals + 1).replaceAll('\u0001', '\n');
  }
  return found;
}
