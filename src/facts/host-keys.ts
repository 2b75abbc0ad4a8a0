import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { one, TAGGED, tagged } from '../core/tagged.js';

const KINDS = ['dsa', 'rsa', 'ecdsa', 'ed25519'] as const;

/**
 * The host's public ssh keys, in Ansible's names: `ssh_host_key_ed25519_public` the base64, `…_keytype` the type.
 * Read over a session that is verified already, they fill other machines' known_hosts without trust on first use.
 */
export const hostKeys: Fact = {
  name: 'host_keys',
  summary: "The host's public ssh keys.",
  provides: KINDS.flatMap(kind => [`ssh_host_key_${kind}_public`, `ssh_host_key_${kind}_public_keytype`]),
  probe: () => hostKeysProbe(),
};

/** `root` is put before every path read, for tests. */
export const hostKeysProbe = (root = '') =>
  probe(
    sh`${TAGGED}
for d in ${root}/etc/ssh ${root}/etc/openssh ${root}/etc; do
  found=
  for k in ${KINDS}; do [ -f "$d/ssh_host_\${k}_key.pub" ] && { found=1; first "$k" "$d/ssh_host_\${k}_key.pub"; }; done
  [ -z "$found" ] || break
done
:`,
    ({ stdout }) => {
      const answers = tagged(stdout);
      return Object.fromEntries(
        KINDS.flatMap(kind => {
          const [type, key] = one(answers, kind)?.split(/\s+/) ?? [];
          if (!type || !key) return [];
          return [
            [`ssh_host_key_${kind}_public`, key],
            [`ssh_host_key_${kind}_public_keytype`, type],
          ];
        }),
      );
    },
  );
