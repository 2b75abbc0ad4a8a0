import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { one, TAGGED, tagged } from '../core/tagged.js';
import type { Vars } from '../core/value.js';

/** The host's Python, which we never need: an empty dictionary where there is none. */
export const python: Fact = {
  name: 'python',
  summary: 'Which Python the host has, if any.',
  provides: ['python', 'python_version'],
  probe: () =>
    probe(
      sh`${TAGGED}
for p in python3 /usr/libexec/platform-python python python2; do
  p=$(command -v "$p") || continue
  say path "$p"; say version "$("$p" -V 2>&1)"
  break
done
:`,
      ({ stdout }) => {
        const answers = tagged(stdout);
        const version = /^Python (\d+)\.(\d+)\.(\d+)([^\s]*)/.exec(one(answers, 'version') ?? '');
        return version ? read(one(answers, 'path')!, version) : { python: {} };
      },
    ),
};

function read(executable: string, [, ...parts]: RegExpExecArray): Vars {
  const [major, minor, micro] = parts.slice(0, 3).map(Number) as [number, number, number];
  return {
    python: {
      executable,
      type: 'cpython',
      has_sslcontext: true,
      version: { major, minor, micro, releaselevel: 'final', serial: 0 },
      version_info: [major, minor, micro, 'final', 0],
    },
    python_version: `${major}.${minor}.${micro}${parts[3]}`,
  };
}
