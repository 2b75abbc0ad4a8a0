import { join, type Sh, sh } from '../../core/sh.js';

/**
 * Runs a command that sets something, then asks again and fails with the rows that are not as wished: a driver may take
 * another value than it was given, the kernel may turn one feature off with another, and neither is in the exit status.
 * `query` prints rows; blanks in them count as one. `rows` are how the wished ones begin: `rx-checksumming: off`.
 */
export const verified = (command: Sh, query: Sh, rows: readonly string[]): Sh => sh`${command} || exit
n='
'
now=$n$(${query} | sed -e 's/[[:space:]][[:space:]]*/ /g' -e 's/^ //' -e 's/$/ /')$n
left=
for row in ${rows}; do
  case $now in *"$n$row "*) ;; *)
    name=\${row%%:*}; is=\${now#*"$n$name:"}; [ "$is" != "$now" ] && is=\${is%%"$n"*} || is=' gone'
    left="$left; $name is$is";;
  esac
done
[ -z "$left" ] || { echo "not all was taken: \${left#; }" >&2; exit 1; }`;

/** Words of a command line: a program's name for each setting and its value. */
export const pairs = (settings: readonly (readonly [name: string, value: string | number])[]): Sh =>
  join(
    settings.map(([name, value]) => sh`${name} ${value}`),
    ' ',
  );
