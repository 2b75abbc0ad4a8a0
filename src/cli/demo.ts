import { resolve } from 'node:path';
import { down, find, up, usualLab } from '../lab/lab.js';
import { installRequirements, missing, requirements } from '../lab/requirements.js';
import { EXIT } from './exit.js';
import { complain, runIn } from './lab.js';
import { run } from './run.js';
import type { Settings } from './settings.js';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** The project's own folder: the bundle lies in its `dist`. */
const home = (): string => resolve(import.meta.dirname, '..');

/**
 * The first ten minutes in one command: four real hosts, the whole howto on them, and again with nothing to change.
 * Who may not make a lab gets told what is missing, and a dry run on this machine.
 */
export async function demo(
  settings: Settings & { readonly keep?: boolean; readonly local?: boolean },
): Promise<number> {
  const site = resolve(home(), 'playbooks/site.yml');
  if (settings.local) return await local(settings);
  if (process.getuid?.() === 0) {
    const ready = await installRequirements(say);
    if (!ready.ok) {
      complain(ready);
      return await offer();
    }
  } else return await offer();

  const name = 'demo';
  if (find(name)) {
    const removed = await down(name, say);
    if (!removed.ok) return complain(removed);
  }
  say('demo  four hosts: real Debian, systemd and sshd, in namespaces of this machine, which itself is left alone');
  const began = Date.now();
  const lab = await up({ ...usualLab(say, settings.keep ? 'until-down' : 'with-owner'), id: name });
  if (!lab.ok) return complain(lab);
  say(`lab   ${lab.value.hosts.length} hosts up after ${((Date.now() - began) / 1000).toFixed(1)} s`);
  const verbose = Array.from({ length: settings.verbose ?? 0 }, () => '-v');
  let code: number;
  try {
    say('\ndemo  first run: everything is to be done');
    code = await runIn(lab.value, [site, ...verbose]);
    if (code === EXIT.ok) {
      say('\ndemo  second run: nothing is to be done');
      code = await runIn(lab.value, [site, ...verbose]);
    }
  } finally {
    if (!settings.keep) await down(name, say);
  }
  if (code === EXIT.ok) {
    say(
      [
        '',
        'next  npx ringmaster lab up                                                 hosts of your own to try things on',
        '      npx ringmaster lab run playbooks/site.yml --check --diff              see first what would change',
        '      npx ringmaster lab shell manager                                      look around',
        '      npx ringmaster doc                                                    modules and roles',
      ].join('\n'),
    );
  }
  return code;
}

async function offer(): Promise<number> {
  const { what, packages } = missing(await requirements());
  say(`The demo makes its own hosts and cannot here. What is missing: ${what.join('; ')}`);
  if (packages.length > 0) say(`  = sudo apt-get install ${packages.join(' ')}`);
  say('  = a dry run on this machine needs none of that and changes nothing:   npm run demo -- --local');
  return EXIT.refused;
}

/** A small playbook in check mode on this machine: shows what a dry run is like, and changes nothing. */
const local = (settings: Settings): Promise<number> =>
  run([resolve(home(), 'playbooks/try.yml')], { ...settings, check: true, diff: true, inventory: ['localhost,'] });
