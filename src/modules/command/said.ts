import { cutInWords, type Output } from '../../core/probe.js';
import { Unknown, type Value, type Vars } from '../../core/value.js';

/** Signals by number, as Linux has them on most machines (signal(7)). */
const SIGNALS: ReadonlyMap<number, string> = new Map(
  Object.entries({
    HUP: 1,
    INT: 2,
    QUIT: 3,
    ILL: 4,
    TRAP: 5,
    ABRT: 6,
    BUS: 7,
    FPE: 8,
    KILL: 9,
    SEGV: 11,
    PIPE: 13,
    ALRM: 14,
    TERM: 15,
  }).map(([name, number]) => [number, `SIG${name}`]),
);

/** Lines as Python's `str.splitlines` cuts them; a last line break makes no further line. */
export function linesOf(text: string): readonly string[] {
  if (text === '') return [];
  const lines = text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** What an exit status other than 0 means: a shell gives 128 and the number for a command that a signal ended. */
export function verdictOf(status: number): string {
  const signal = SIGNALS.get(status - 128);
  if (signal === undefined) return 'non-zero return code';
  const hint = signal === 'SIGKILL' ? '; was it short of memory?' : '';
  return `non-zero return code (killed by ${signal}${hint})`;
}

export interface Saying {
  /** A list for `command`, text for the others. */
  readonly cmd?: Value;
  /** Take line breaks off the ends of stdout and stderr. */
  readonly strip: boolean;
}

/** The registered result of a command that ran, in Ansible's names. One whose output is not whole has failed. */
export function said(output: Output, { cmd, strip }: Saying): Vars {
  const text = (raw: string) => (strip ? raw.replace(/[\r\n]+$/, '') : raw);
  const [stdout, stderr] = [text(output.stdout), text(output.stderr)];
  return {
    ...(cmd === undefined ? {} : { cmd }),
    changed: true,
    rc: output.status,
    // Times would make two equal runs differ; Ansible's names for them are there, empty.
    start: '',
    end: '',
    delta: '',
    stdout,
    stderr,
    stdout_lines: linesOf(stdout),
    stderr_lines: linesOf(stderr),
    ...(output.status === 0 ? { msg: '' } : { msg: failedWith(output, stderr) }),
    ...(output.cut === undefined ? {} : { failed: true, msg: cutInWords(output)! }),
  };
}

/** What was said before the command could start is the message itself. */
function failedWith({ status, stdout }: Output, stderr: string): string {
  const unstarted = /^(?:\[Errno \d+\] |Unable to change directory before execution: ).*$/;
  return stdout === '' && unstarted.test(stderr.trim()) ? stderr.trim() : verdictOf(status);
}

/** The result of a command that is only foreseen: nobody knows what it will say. */
export function unsaid(cmd?: Value): Vars {
  const unknown = new Unknown([]);
  return {
    ...(cmd === undefined ? {} : { cmd }),
    rc: unknown,
    stdout: unknown,
    stderr: unknown,
    stdout_lines: unknown,
    stderr_lines: unknown,
    msg: 'Command would have run if not in check mode',
  };
}

/** The result of a command whose guard says that it need not run. */
export const skippedSince = (why: string, cmd?: Value): Vars => ({
  ...(cmd === undefined ? {} : { cmd }),
  changed: false,
  rc: 0,
  stdout: why,
  stderr: '',
  stdout_lines: linesOf(why),
  stderr_lines: [],
  msg: why.replace(/^skipped, since (.*?) (exists|does not exist)$/s, "Did not run command since '$1' $2"),
});
