import { lacking, type Output } from '../../core/probe.js';
import type { Secret } from '../../core/secret.js';
import { type Sh, sh } from '../../core/sh.js';
import { type Sight, sightOf } from '../attributes.js';
import { fieldsOf } from '../looks/fields.js';
import { type AuthorizedKey, authorizedKeyOf } from '../ssh/authorized.js';
import type { PublicKey } from '../ssh/keys.js';

/** What was seen of a key pair. Of the private key only the public half that follows from it is ever printed. */
export interface Pair extends Sight {
  readonly installed: boolean;
  /** `locked`: no passphrase that was tried opens it, or it is no key. */
  readonly lock: 'open' | 'passphrase' | 'locked';
  /** From the private key. */
  readonly derived?: PublicKey | undefined;
  /** What stands in the file `.pub`, if it is a public key. */
  readonly public?: AuthorizedKey | undefined;
  readonly hasPublic: boolean;
}

/**
 * Runs ssh-keygen so that it asks nobody: the passphrase goes in by stdin, never by the command line, and without a
 * terminal of its own (setsid) it reads it there. Without a passphrase none is asked for.
 */
export const withPassphrase = (passphrase: Secret | undefined, times: 1 | 2, command: Sh): Sh =>
  passphrase === undefined
    ? sh`${command} -P ''`
    : sh`printf ${times === 2 ? '%s\n%s\n' : '%s\n'} ${passphrase} ${times === 2 ? passphrase : sh``} | env -u DISPLAY setsid ${command}`;

/** After the status look: `$p` is the private key. Two forks of ssh-keygen at most. */
export const pairLook = (passphrase: Secret | undefined): Sh => sh`command -v ssh-keygen >/dev/null && echo installed
if [ -f "$p.pub" ]; then echo haspub; IFS= read -r l <"$p.pub"; printf 'public %s\\n' "$l"; fi
if [ -f "$p" ]; then
  if k=$(ssh-keygen -y -P '' -f "$p" 2>/dev/null && echo .); then case $k in *'
.') printf 'open %s\\n' "\${k%??}" ;; *) ${lacking('ssh-keygen')} ;; esac
  ${
    passphrase === undefined
      ? sh``
      : sh`elif k=$(${withPassphrase(passphrase, 1, sh`ssh-keygen -y -f "$p"`)} 2>/dev/null); then printf 'passphrase %s\\n' "\${k##*
}"`
  }
  else echo locked; fi
fi`;

export function pairOf({ stdout }: Output): Pair {
  const fields = fieldsOf(stdout);
  const lock = fields.has('open') ? 'open' : fields.has('passphrase') ? 'passphrase' : 'locked';
  return {
    ...sightOf(fields),
    installed: fields.has('installed'),
    lock,
    derived: authorizedKeyOf(fields.get(lock) ?? ''),
    public: authorizedKeyOf(fields.get('public') ?? ''),
    hasPublic: fields.has('haspub'),
  };
}
