import { join, type Sh, sh } from '../../core/sh.js';
import { expanded } from './expand.js';

/**
 * Starts a program in place of the subshell, by its words: no builtin, function or keyword can stand in for it, as none
 * could for Ansible's `command`. What cannot be started is said as Python says it, with the error number as the status.
 */
export function started(words: readonly string[], expandVariables: boolean): Sh {
  const argv = join(
    words.map(word => (expandVariables ? expanded(word) : sh`${word}`)),
    ' ',
  );
  return sh`set -- ${argv}
rm_is=2
case $1 in
*/*) [ ! -e "$1" ] || { rm_is=13; [ ! -d "$1" ] && [ -x "$1" ] && rm_is=0; } ;;
?*) rm_ifs=$IFS; IFS=:
  for rm_dir in $PATH; do [ -f "$rm_dir/$1" ] && [ -x "$rm_dir/$1" ] && rm_is=0 && break; done
  IFS=$rm_ifs ;;
esac
case $rm_is in
2) printf '%s\n' "[Errno 2] No such file or directory: b'$1'" >&2; exit 2 ;;
13) printf '%s\n' "[Errno 13] Permission denied: b'$1'" >&2; exit 13 ;;
esac
exec "$@"`;
}

/** Shells that take a script in the words of sh, so that it need not be seen in the process list. */
const SH_LIKE = /^(?:.*\/)?(?:sh|dash|ash|bash|ksh|ksh93|mksh|lksh|yash|zsh)$/;

/** What ends a script on its way, so that one that was cut short is not run. */
const END = 'rm_end';

/** Takes the whole of stdin for the script, and leaves an empty one. */
const alone = sh`set -- "$(cat)"; case $1 in *${END}) ;; *) echo 'the script did not arrive: cat is missing or failed' >&2; exit 127 ;; esac
exec </dev/null; eval "set --;\${1%${END}}"`;

/** Takes so many lines of stdin for the script, by a builtin, which reads no byte more: what follows is the script's own. */
const withInput = (lines: number): Sh => sh`rm_text= rm_left=${lines}
while [ "$rm_left" -gt 0 ]; do
IFS= read -r rm_line || { echo 'the script did not arrive' >&2; exit 127; }
rm_text=$rm_text$rm_line'
' rm_left=$((rm_left - 1)); done
set -- "$rm_text"; unset rm_text rm_left rm_line; eval "set --;$1"`;

/**
 * Runs a script of the user in a shell of its own, so that `$$`, `exit` and `exec` mean that shell. The text comes by stdin
 * before the input: a command line or an environment could show its secrets, and holds 128 KiB at most (execve(2)), and a
 * descriptor above 2 is not handed on by the Korn shells.
 */
export function scripted(text: string, executable: string, input: string | undefined): Sh {
  if (!SH_LIKE.test(executable)) return fed(sh`exec ${executable} -c ${text}`, input);
  return input === undefined
    ? fed(sh`exec ${executable} -c ${alone.text}`, `${text}${END}`)
    : fed(sh`exec ${executable} -c ${withInput(text.split('\n').length).text}`, `${text}\n${input}`);
}

/** Gives a command its stdin by a builtin. A command that does not read it ends the writer, silently. */
export const fed = (command: Sh, input: string | undefined): Sh =>
  input === undefined ? command : sh`printf %s ${input} 2>/dev/null | { ${command}\n}`;
