import * as z from 'zod';
import { defineModule } from '../core/module.js';
import { lacking, probe, wholeSaying } from '../core/probe.js';
import { sh } from '../core/sh.js';

const args = z.strictObject({});
type Args = z.infer<typeof args>;

interface Service {
  readonly [member: string]: string;
  readonly name: string;
  /** `running`, `stopped`, `failed`; `inactive` for one that is only a file. */
  readonly state: string;
  /** Of the unit file: `enabled`, `disabled`, `static`, `masked`, …; `not-found` for a unit without one. */
  readonly status: string;
  readonly source: string;
}
type State = readonly Service[];

function parse(stdout: string): State {
  const found = new Map<string, Service>();
  let block: 'file' | 'unit' | undefined;
  for (const line of stdout.split('\n')) {
    if (line === 'files' || line === 'units') {
      block = line === 'files' ? 'file' : 'unit';
      continue;
    }
    const words = line.trim().split(/\s+/);
    const [kind, name = '', first = '', second = '', third = ''] = block === undefined ? words : [block, ...words];
    if (name === '') continue;
    if (kind === 'file') found.set(name, { name, state: 'inactive', status: first, source: 'systemd' });
    else if (kind === 'unit') {
      const state = third === 'running' ? 'running' : second === 'failed' ? 'failed' : 'stopped';
      found.set(name, {
        name,
        state,
        status: found.get(name)?.status ?? (first === 'loaded' ? 'unknown' : first),
        source: 'systemd',
      });
    } else if (kind === 'script') found.set(name, { name, state: first, status: second, source: 'sysv' });
  }
  return [...found.values()];
}

export default defineModule<Args, State>({
  name: 'service_facts',
  summary: 'Lists the services as facts, by name: `ansible_facts.services["ssh.service"].state`.',
  example: '- service_facts:',
  args,
  probe: () =>
    probe(
      sh`if command -v systemctl >/dev/null; then
  ${wholeSaying('rm_said', sh`systemctl list-unit-files --type=service --all --no-pager --no-legend 2>/dev/null`, 'systemctl')}
  printf 'files\n%s\n' "$rm_said"
  [ ! -d /run/systemd/system ] || { ${wholeSaying('rm_said', sh`systemctl list-units --type=service --all --plain --no-pager --no-legend 2>/dev/null | sort`, 'systemctl or sort')}
    printf 'units\n%s\n' "$rm_said"; }
else
  [ ! -d /run/systemd/system ] && [ ! -x /lib/systemd/systemd ] || ${lacking('systemctl')}
  for rm_script in /etc/init.d/*; do
    [ -x "$rm_script" ] && [ -f "$rm_script" ] || continue
    rm_name=\${rm_script##*/}; rm_state=stopped; rm_status=disabled
    "$rm_script" status >/dev/null 2>&1 && rm_state=running
    for rm_link in /etc/rc[2345].d/S??"$rm_name" /etc/runlevels/default/"$rm_name"; do [ ! -L "$rm_link" ] || rm_status=enabled; done
    printf 'script %s %s %s\n' "$rm_name" "$rm_state" "$rm_status"
  done
fi
:`,
      ({ stdout }) => parse(stdout),
    ),
  plan: () => [],
  result: (_, services) => ({
    ansible_facts: { services: Object.fromEntries(services.map(service => [service.name, service])) },
  }),
});
