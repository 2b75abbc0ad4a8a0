import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { number, one, present, TAGGED, tagged } from '../core/tagged.js';

/** The account that tasks run as. */
export const user: Fact = {
  name: 'user',
  summary: 'The account tasks run as, its home and shell.',
  provides: [
    'user_id',
    'user_uid',
    'user_gid',
    'user_gecos',
    'user_dir',
    'user_shell',
    'real_user_id',
    'effective_user_id',
    'real_group_id',
    'effective_group_id',
  ],
  probe: () =>
    probe(
      sh`${TAGGED}
u=$(id -u); say uid "$u"; say gid "$(id -g)"
if have getent; then say entry "$(getent passwd "$u")"; else
  while IFS= read -r l; do case $l in *:*:"$u":*) say entry "$l"; break;; esac; done </etc/passwd
fi
:`,
      ({ stdout }) => {
        const answers = tagged(stdout);
        const [name, , , gid, gecos, home, shell] = one(answers, 'entry')?.split(':') ?? [];
        const uid = number(answers, 'uid');
        const group = number(answers, 'gid');
        return present({
          user_id: name,
          user_uid: uid,
          user_gid: gid === undefined ? group : Number(gid),
          user_gecos: gecos,
          user_dir: home,
          user_shell: shell,
          real_user_id: uid,
          effective_user_id: uid,
          real_group_id: group,
          effective_group_id: group,
        });
      },
    ),
};
