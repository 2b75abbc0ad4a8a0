import { join, type Sh, sh, userScript } from '../../core/sh.js';
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

/** So many characters are fewer bytes than one string of an environment may have, which are 131,072 (execve(2)). */
const PART = /[\s\S]{1,30000}/gu;

/**
 * Runs a script of the user in a shell of its own, so that `$$`, `exit` and `exec` mean that shell. The text goes by the
 * environment, from which the shell takes it before it starts: a command line would show its secrets to everyone (ps), an
 * environment only to the account itself (proc(5)). No program is needed that might be missing or fail, and no descriptor
 * above 2, which the Korn shells do not hand on.
 */
export function scripted(text: string, executable: string, input: string | undefined): Sh {
  if (!SH_LIKE.test(executable)) return fed(sh`exec ${executable} -c ${text}`, input);
  const parts = (text.match(PART) ?? []).map((part, i) => ({ name: userScript(`RM_TEXT${i}`), part }));
  const names = (before: string, after = '') =>
    join(
      parts.map(({ name }) => sh`${userScript(before)}${name}${userScript(after)}`),
      '',
    );
  const taken = sh`set -- "${names('${', '}')}"; unset${names(' ')}; eval "set --;$1"`;
  const given = join(
    parts.map(({ name, part }) => sh`export ${name}=${part}`),
    '\n',
  );
  return sh`${given}\n${fed(sh`exec ${executable} -c ${taken.text}`, input)}`;
}

/** Gives a command its stdin by a builtin. A command that does not read it ends the writer, silently. */
export const fed = (command: Sh, input: string | undefined): Sh =>
  input === undefined ? command : sh`printf %s ${input} 2>/dev/null | { ${command}\n}`;
