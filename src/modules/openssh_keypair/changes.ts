import { blobOf } from '../../core/blob.js';
import type { Change } from '../../core/change.js';
import type { Secret } from '../../core/secret.js';
import { nothing, sh } from '../../core/sh.js';
import { Unknown } from '../../core/value.js';
import { writeFile } from '../atomic.js';
import { type Attributes, chmodWord, ownership } from '../attributes.js';
import { tidy, word } from '../looks/word.js';
import { lineOf } from '../ssh/authorized.js';
import { fingerprint, type PublicKey } from '../ssh/keys.js';
import type { Pair } from './sight.js';
import { withPassphrase } from './sight.js';

/** What a pair shall be, with its defaults filled in. */
export interface PairWish {
  readonly path: string;
  readonly type: 'rsa' | 'dsa' | 'ecdsa' | 'ed25519';
  readonly size: number;
  readonly comment?: string | undefined;
  readonly passphrase?: Secret | undefined;
  readonly format: 'ssh' | 'pem' | 'pkcs8';
}

const shown = (key: PublicKey | undefined): string =>
  key ? `${key.type} ${fingerprint(key)}` : 'a key that cannot be read';

/**
 * Makes a pair beside its place, and moves both halves there when they are whole, the public one first: so there is
 * never a private key that does not fit, except for the moment between the two.
 */
export function generate(wish: PairWish, attributes: Attributes, pair: Pair): Change {
  const { type, size, comment, passphrase } = wish;
  const bits = type === 'ed25519' ? nothing : sh`b="-b ${size}"`;
  const format = wish.format === 'ssh' ? sh`` : sh`-m ${wish.format.toUpperCase()}`;
  const empty = passphrase === undefined ? sh`-N ''` : sh``;
  const command = sh`ssh-keygen -q -t ${type} $b ${format} -C "$c" ${empty} -f "$t/key"`;
  const owner = ownership(attributes);
  return {
    what: wish.path,
    before: pair.status ? shown(pair.derived ?? pair.public) : null,
    after: new Unknown([]),
    apply: sh`p=${word(tidy(wish.path))}
umask 077; b=; ${bits}
c=${comment ?? sh`"$(id -un)@$(uname -n)"`}
rm_ground
if [ -n "$RM_CARE" ]; then t=.
else t=$(mktemp -d "$d/.ringmaster-key.XXXXXX") || exit 1
trap 'rm -rf "$t"' EXIT; trap 'exit 1' HUP INT TERM PIPE; fi
${passphrase === undefined ? command : sh`printf '%s\\n%s\\n' ${passphrase} ${passphrase} | env -u DISPLAY setsid ${command} >/dev/null`} || exit 1
chmod 0644 "$t/key.pub" && chmod ${chmodWord(attributes.mode ?? 0o600)} "$t/key" || exit 1
${owner === undefined ? nothing : sh`chown -- ${owner} "$t/key" "$t/key.pub" || exit 1`}
u=$(cat "$t/key.pub") || exit 1
rm_half() { if [ -n "$RM_CARE" ]; then mv -fT "$1" "$2"; else mv -f "$1" "$2"; fi; }
rm_half "$t/key.pub" "$p.pub" && rm_half "$t/key" "$p" || exit 1
sync "$d" 2>/dev/null
[ -n "$RM_CARE" ] || { rm -rf "$t" && [ ! -e "$t" ]; } || { echo "rm failed: $t is left" >&2; exit 1; }
[ -s "$p" ] && printf 'public %s\\n' "$u"`,
  };
}

/** The public half, from the private one. */
export function writePublic(wish: PairWish, attributes: Attributes, pair: Pair): Change {
  const comment = wish.comment ?? pair.public?.comment ?? '';
  const text = `${lineOf({ ...pair.derived!, options: '', comment })}\n`;
  const write = writeFile({
    path: `${tidy(wish.path)}.pub`,
    content: blobOf(text),
    attributes: { ...attributes, mode: 0o644 },
  });
  return {
    what: `${wish.path}.pub`,
    before: pair.public ? `${lineOf(pair.public)}\n` : null,
    after: text,
    ...write,
  };
}

/** The comment stands in the private key, too; ssh-keygen writes both. */
export const changeComment = (wish: PairWish, pair: Pair): Change => ({
  what: 'comment',
  before: pair.public?.comment ?? null,
  after: wish.comment!,
  // Where others may replace the files, a second name of the private one is worked on.
  apply: sh`p=${word(tidy(wish.path))}
rm_ground; k=$p
if [ -n "$RM_CARE" ]; then rm_hold || rm_refuse "$RM_P is no regular file"; k=./o; fi
${withPassphrase(pair.lock === 'passphrase' ? wish.passphrase : undefined, 1, sh`ssh-keygen -q -c -C ${wish.comment!} -f "$k"`)} >/dev/null || exit 1
chmod 0644 "$k.pub" || exit 1
[ -z "$RM_CARE" ] || { mv -fT ./o "$p" && mv -fT ./o.pub "$p.pub"; }`,
});

export const remove = (wish: PairWish, pair: Pair): Change => ({
  what: wish.path,
  before: shown(pair.derived ?? pair.public),
  after: null,
  apply: sh`( rm_remove ${word(tidy(wish.path))} ) && rm_remove ${word(`${tidy(wish.path)}.pub`)}`,
});
