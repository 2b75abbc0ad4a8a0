import * as z from 'zod';
import { blocked } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { choice, str, strings } from '../core/params.js';
import { probe, wholeSaying } from '../core/probe.js';
import { sh } from '../core/sh.js';

const args = z.strictObject({
  manager: strings().default(['auto']).describe('Does nothing but `auto`: the manager is found on the target.'),
  strategy: choice('first', 'all').default('first').describe('Does nothing: there is one package manager.'),
  use: str().optional().describe('Does nothing.'),
});
type Args = z.infer<typeof args>;

/** `name`, `version`, `arch`, `source`; of an rpm also `release` and `epoch`. */
type Package = { readonly [member: string]: string | number | null };

/** Installed packages, or nothing where no manager was found. */
type State = readonly Package[] | undefined;

function parse(stdout: string): State {
  const [source = '', ...lines] = stdout.split('\n').filter(line => line !== '');
  if (source === 'none' || source === '') return undefined;
  const rows = source === 'apt' ? lines.flatMap(line => /^.[itW].\t(.*)$/.exec(line)?.[1] ?? []) : lines;
  return rows.map(line => {
    const [name = '', version = '', arch = '', release = '', epoch = ''] = line.split('\t');
    return source === 'rpm'
      ? { name, version, arch, source, release, epoch: /^\d+$/.test(epoch) ? Number(epoch) : null }
      : { name, version, arch, source };
  });
}

export default defineModule<Args, State>({
  name: 'package_facts',
  summary: 'Lists the installed packages as facts.',
  example: '- package_facts:',
  args,
  probe: () =>
    probe(
      sh`if command -v dpkg-query >/dev/null; then
  ${wholeSaying('rm_said', sh`dpkg-query -W -f '\${db:Status-Abbrev}\\t\${Package}\\t\${Version}\\t\${Architecture}\\n'`, 'dpkg-query')}
  printf 'apt\n%s\n' "$rm_said"
elif command -v rpm >/dev/null; then
  echo rpm; rpm -qa --qf '%{NAME}\\t%{VERSION}\\t%{ARCH}\\t%{RELEASE}\\t%{EPOCH}\\n' | sort
elif command -v apk >/dev/null; then
  echo apk; apk info -v 2>/dev/null | sort | sed 's/^\\(.*\\)-\\([^-]*-r[0-9]*\\)$/\\1\t\\2/'
elif command -v pacman >/dev/null; then
  echo pacman; pacman -Q | tr ' ' '\t'
else echo none; fi`,
      ({ stdout }) => parse(stdout),
    ),
  plan: (_, packages) =>
    packages ? [] : blocked('no package manager that is known here: neither dpkg, rpm, apk nor pacman'),
  result: (_, packages = []) => {
    const all = new Map<string, Package[]>();
    for (const one of packages) all.set(String(one.name), [...(all.get(String(one.name)) ?? []), one]);
    return { ansible_facts: { packages: Object.fromEntries(all) } };
  },
});
