import { type Probe, probe } from '../../core/probe.js';
import { type Sh, sh } from '../../core/sh.js';

export type Table =
  | { readonly kind: 'text'; readonly text: string }
  /** The account has none, or there is no such file. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Larger ones are not brought here to be edited, in bytes. */
const CAP = 262_144;

/** crontab(1) takes another account only from root, and need not be told one's own. `-l` prints, `-` takes from stdin. */
export const crontab = (user: string | undefined, verb: '-l' | '-'): Sh =>
  user === undefined
    ? sh`crontab ${verb}`
    : sh`{ rm_for=; [ "$(id -un)" = ${user} ] || rm_for=${user}; crontab \${rm_for:+-u "$rm_for"} ${verb}; }`;

/** Looks at the crontab of an account. */
export const tableOf = (user: string | undefined): Probe<Table> =>
  probe(
    sh`command -v crontab >/dev/null || { echo 'lacking there is no crontab on the target (package cron)'; exit 0; }
rm_tab=$(${crontab(user, '-l')} 2>&1; printf '#%s' "$?")
case \${rm_tab##*#} in
0) printf 'text\n%s' "\${rm_tab%#*}" ;;
*) case $rm_tab in
  # cronie, vixie and busybox have their own words for it.
  *'no crontab for'*|*"can't open"*) echo none ;;
  *) printf 'lacking %s\n' "\${rm_tab%#*}" ;;
  esac ;;
esac`,
    parse,
  );

/** Looks at a file of cron. */
export const fileOf = (path: string): Probe<Table> =>
  probe(
    sh`if [ ! -e ${path} ]; then echo none
elif [ ! -f ${path} ] || [ ! -r ${path} ]; then printf 'lacking %s cannot be read\n' ${path}
elif [ "$(wc -c <${path})" -gt ${CAP} ]; then printf 'lacking %s is too large to be edited\n' ${path}
else echo text; cat ${path}; fi`,
    parse,
  );

function parse({ stdout }: { readonly stdout: string }): Table {
  if (stdout.startsWith('text\n')) return { kind: 'text', text: stdout.slice(5) };
  if (stdout.startsWith('lacking ')) return { kind: 'unreadable', why: stdout.slice(8).trim() };
  return { kind: 'none' };
}
