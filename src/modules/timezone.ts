import * as z from 'zod';
import { blocked } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { str } from '../core/params.js';
import { probe, wholeSaying } from '../core/probe.js';
import { sh } from '../core/sh.js';

const args = z.strictObject({
  name: str()
    .pipe(z.string().regex(/^[A-Za-z0-9][\w+-]*(?:\/[A-Za-z0-9][\w+-]*)*$/, 'is no time zone'))
    .describe('As below /usr/share/zoneinfo: `Europe/Berlin`, `UTC`.'),
});
type Args = z.infer<typeof args>;

interface State {
  /** Where /etc/localtime leads, below zoneinfo; empty: it is no such link. */
  readonly link: string;
  /** What /etc/timezone says; undefined: there is none, and none is needed. */
  readonly file: string | undefined;
  readonly isKnown: boolean;
}

export default defineModule<Args, State>({
  name: 'timezone',
  aliases: ['community.general.timezone'],
  summary: 'Sets the time zone.',
  example: '- timezone: { name: Etc/UTC }',
  args,
  probe: ({ name }) =>
    probe(
      sh`rm_said=; [ ! -L /etc/localtime ] || { ${wholeSaying('rm_said', sh`readlink /etc/localtime`, 'readlink')}; }; rm_link=$rm_said
case $rm_link in */zoneinfo/*) printf 'link %s\n' "\${rm_link#*/zoneinfo/}" ;; esac
if [ -e /etc/timezone ]; then IFS= read -r rm_zone </etc/timezone; printf 'file %s\n' "$rm_zone"; fi
if [ -f ${`/usr/share/zoneinfo/${name}`} ]; then echo known; fi`,
      ({ stdout }) => ({
        link: /^link (.*)$/m.exec(stdout)?.[1] ?? '',
        file: /^file (.*)$/m.exec(stdout)?.[1],
        isKnown: /^known$/m.test(stdout),
      }),
    ),
  plan: ({ name }, { link, file, isKnown }) => {
    const before = link !== name ? link : (file ?? link);
    if (link === name && (file === undefined || file === name)) return [];
    // The link is made beside and moved, so that there is no moment without a zone.
    const apply = sh`ln -sfn ${`/usr/share/zoneinfo/${name}`} /etc/.localtime.ringmaster && mv -f /etc/.localtime.ringmaster /etc/localtime && [ /etc/localtime -ef ${`/usr/share/zoneinfo/${name}`} ] || exit 1
[ ! -e /etc/timezone ] || printf '%s\n' ${name} >/etc/timezone`;
    const change = { what: 'time zone', before, after: name, apply };
    return isKnown ? [change] : blocked(`there is no /usr/share/zoneinfo/${name} (package tzdata)`, [change]);
  },
});
