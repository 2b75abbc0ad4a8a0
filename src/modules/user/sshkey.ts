import type { Change } from '../../core/change.js';
import { lacking } from '../../core/probe.js';
import { type Sh, sh } from '../../core/sh.js';
import { accountWords, linesWith } from './accounts.js';
import type { UserArgs } from './args.js';

export interface KeyPair {
  readonly file: string;
  readonly fingerprint: string;
  readonly publicKey: string;
}

const fileOf = ({ ssh_key_file, ssh_key_type }: UserArgs): string => ssh_key_file ?? `.ssh/id_${ssh_key_type}`;

/** The file as a word, `$rm_home` before it if it is relative. */
const place = (given: UserArgs): Sh => {
  const file = fileOf(given);
  return file.startsWith('/') ? sh`${file}` : sh`"$rm_home"/${file}`;
};

/** With `$rm_home`: prints the key pair, if there is one. */
export const keyLook = (given: UserArgs): Sh => sh`rm_key=${place(given)}
if [ -f "$rm_key" ]; then
  rm_said=; [ ! -r "$rm_key.pub" ] || IFS= read -r rm_said <"$rm_key.pub"
  rm_more=$(ssh-keygen -l -f "$rm_key" 2>/dev/null && echo .); case $?$rm_more in 0*'
.') rm_more=\${rm_more%??} ;; 0*|127*) rm_more=; ${lacking('ssh-keygen')} ;; *) rm_more= ;; esac
  printf 'keyfile %s\nkeyprint %s\nkeypub %s\n' "$rm_key" "$rm_more" "$rm_said"
fi`;

/** Reads what `keyLook` printed. */
export function keysIn(stdout: string): KeyPair | undefined {
  const [file] = linesWith(stdout, 'keyfile');
  if (file === undefined) return undefined;
  return { file, fingerprint: linesWith(stdout, 'keyprint')[0] ?? '', publicKey: linesWith(stdout, 'keypub')[0] ?? '' };
}

/**
 * Makes the key pair as root for the account. A link in the place of the folder or the key is refused: it would let the
 * account have root write wherever it likes (CVE-2024-9902). The passphrase goes by stdin, not by a command line.
 */
export function keyChange(given: UserArgs): Change {
  const {
    name,
    ssh_key_type: type,
    ssh_key_bits: bits,
    ssh_key_passphrase: passphrase,
    ssh_key_comment: comment,
  } = given;
  const options = ['-q', '-t', type, ...(bits === undefined ? [] : ['-b', bits])];
  const label = comment === undefined ? sh`"ansible-generated on $(uname -n)"` : sh`${comment}`;
  const make =
    passphrase === undefined
      ? sh`ssh-keygen ${options} -N '' -C ${label} -f "$rm_new"`
      : sh`printf '%s\n' ${passphrase} ${passphrase} | ssh-keygen ${options} -C ${label} -f "$rm_new" >/dev/null`;
  const apply = sh`${accountWords(name)}
rm_key=${place(given)}; rm_folder=\${rm_key%/*}
for rm_path in "$rm_folder" "$rm_key" "$rm_key.pub"; do
  [ ! -L "$rm_path" ] || { echo "$rm_path is a link: it is not written through" >&2; exit 1; }
done
[ -d "$rm_folder" ] || rm_dirs "$rm_folder" 00700 "$rm_owner" || exit 1
umask 077
p=$rm_key; rm_ground
[ -n "$RM_CARE" ] && rm_new=./f || { rm_new=$rm_key; rm -f "$rm_key" "$rm_key.pub"; }
${make} || exit 1
chown -h "$rm_owner" "$rm_new" "$rm_new.pub" && chmod 644 "$rm_new.pub" || exit 1
[ -z "$RM_CARE" ] || { mv -fT ./f.pub "$p.pub" && mv -fT ./f "$p"; } || exit 1
${keyLook(given)}`;
  return { what: `ssh key of ${name}`, before: 'absent', after: type, apply };
}
