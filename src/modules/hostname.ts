import * as z from 'zod';
import { blobOf } from '../core/blob.js';
import type { Change } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { str } from '../core/params.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { writeFile } from './atomic.js';

const args = z.strictObject({
  name: str()
    .pipe(
      z
        .string()
        .regex(
          /^(?=.{1,64}$)[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*$/,
          'is no host name (hostname(7))',
        ),
    )
    .describe('The name, up to 64 characters.'),
  use: str().optional().describe('Does nothing: how a name is set is found on the target.'),
});
type Args = z.infer<typeof args>;

interface State {
  /** Of the running kernel. */
  readonly current: string;
  /** Of the next boot; undefined: there is no /etc/hostname. */
  readonly permanent: string | undefined;
}

export default defineModule<Args, State>({
  name: 'hostname',
  summary: 'Names the host, now and for the next boot.',
  example: '- hostname: { name: sensor3 }',
  args,
  probe: () =>
    probe(
      sh`IFS= read -r rm_name </proc/sys/kernel/hostname; printf 'current %s\n' "$rm_name"
if [ -e /etc/hostname ]; then IFS= read -r rm_name </etc/hostname; printf 'permanent %s\n' "$rm_name"; fi`,
      ({ stdout }) => ({
        current: /^current (.*)$/m.exec(stdout)?.[1] ?? '',
        permanent: /^permanent (.*)$/m.exec(stdout)?.[1]?.trim(),
      }),
    ),
  plan: ({ name }, { current, permanent }) => {
    const changes: Change[] = [];
    if (permanent !== name)
      changes.push({
        what: '/etc/hostname',
        before: permanent ?? 'absent',
        after: name,
        ...writeFile({
          path: '/etc/hostname',
          content: blobOf(`${name}\n`),
          attributes: { mode: 0o644 },
          fallback: 'in-place',
        }),
      });
    if (current !== name)
      changes.push({
        what: 'host name',
        before: current,
        after: name,
        // hostnamed keeps a name of its own; where it does not answer, the kernel is told.
        apply: sh`{ [ -d /run/systemd/system ] && command -v hostnamectl >/dev/null && hostnamectl --transient set-hostname ${name} 2>/dev/null; } ||
{ command -v hostname >/dev/null && hostname ${name}; } || printf %s ${name} >/proc/sys/kernel/hostname`,
      });
    return changes;
  },
  result: ({ name }) => ({
    name,
    ansible_facts: {
      ansible_hostname: name.split('.')[0]!,
      ansible_nodename: name,
      ansible_fqdn: name,
      ansible_domain: name.split('.').slice(1).join('.'),
    },
  }),
});
