import type { Fault } from './farm.js';

interface Excuse {
  readonly modules?: readonly string[];
  readonly tools: readonly string[];
  readonly faults: readonly Fault[];
  readonly why: string;
}

/** Lies that cannot be told from the truth, and lies that are not looked for yet. */
export const EXCUSES: readonly Excuse[] = [
  {
    tools: ['sync'],
    faults: ['silent', 'half'],
    why: 'whether bytes came to the disk is seen by nobody before a crash',
  },
  {
    modules: ['make'],
    tools: ['make'],
    faults: ['silent', 'half'],
    why: '`make -q` says nothing where all is up to date, and its status is all there is; making is its own work',
  },
  {
    modules: ['debconf'],
    tools: ['debconf-show'],
    faults: ['silent'],
    why: 'it says nothing, and ends with 0, of a package that has no questions',
  },
  {
    modules: ['user'],
    tools: ['ssh-keygen'],
    faults: ['fails'],
    why: 'it ends with 1 of a file that is no key, which is an answer',
  },
  {
    tools: ['date'],
    faults: ['removed', 'fails', 'silent', 'half'],
    modules: ['lineinfile', 'copy'],
    why: 'the name of a backup then lacks its time: not mended yet',
  },
  {
    tools: ['mktemp'],
    faults: ['half'],
    modules: ['copy'],
    why: 'an empty temporary is left beside a copied tree: not mended yet',
  },
  {
    modules: ['hostname'],
    tools: ['mv'],
    faults: ['removed', 'fails'],
    why: 'the file is then written in place, which leaves its mode as it was: not mended yet',
  },
  {
    tools: [
      'chmod',
      'chown',
      'cp',
      'mv',
      'ln',
      'mkdir',
      'rm',
      'touch',
      'find',
      'crontab',
      'usermod',
      'chpasswd',
      'setcap',
      'debconf-set-selections',
    ],
    faults: ['silent'],
    why: 'that an act which ends with 0 did nothing is seen by looking again, which would be a process for each act',
  },
];

/** Why a fault of a tool is not tried with a module; nothing where it is. */
export const excused = (module: string, tool: string, fault: Fault): string | undefined =>
  EXCUSES.find(
    ({ modules, tools, faults }) =>
      (modules === undefined || modules.includes(module)) && tools.includes(tool) && faults.includes(fault),
  )?.why;
