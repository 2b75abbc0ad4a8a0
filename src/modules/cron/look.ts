import { encode } from '../../core/bytes.js';
import { Incomplete, lacking, type Probe, probe } from '../../core/probe.js';
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
0) rm_tab=\${rm_tab%#*}
case $rm_tab in *'
') ;; '') ${emptyTable(user)} ;; *) ${lacking('crontab')} ;; esac
printf 'text\n%s' "$rm_tab" ;;
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
else rm_said=$(stat -L -c %s. ${path}); case $rm_said in *[0-9].) rm_said=\${rm_said%.} ;; *) rm_said=0; ${lacking('stat')} ;; esac
if [ "$rm_said" -gt ${CAP} ]; then printf 'lacking %s is too large to be edited\n' ${path}
else printf 'size %s\ntext\n' "$rm_said"; cat ${path} || ${lacking('cat')}; fi; fi`,
    output => {
      const [, size, rest = ''] = /^size (\d+)\n([\s\S]*)$/.exec(output.stdout) ?? [];
      if (size === undefined) return parse(output);
      const table = parse({ stdout: rest });
      if (table.kind === 'text' && encode(table.text).length !== Number(size)) throw new Incomplete('cat');
      return table;
    },
  );

/** A crontab that holds nothing is rare. Where its file may be read, more than the header of Debian's crontab belies it. */
const emptyTable = (user: string | undefined): Sh =>
  sh`for rm_file in /var/spool/cron/crontabs/${user ?? 'root'} /var/spool/cron/${user ?? 'root'}; do
  [ -f "$rm_file" ] && [ -r "$rm_file" ] && { read -r rm_x; read -r rm_x; read -r rm_x; read -r rm_x; } <"$rm_file" && ${lacking('crontab')}
done`;

function parse({ stdout }: { readonly stdout: string }): Table {
  if (stdout.startsWith('text\n')) return { kind: 'text', text: stdout.slice(5) };
  if (stdout.startsWith('lacking ')) return { kind: 'unreadable', why: stdout.slice(8).trim() };
  return { kind: 'none' };
}
