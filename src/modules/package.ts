import * as z from 'zod';
import { blocked, type Plan } from '../core/change.js';
import { defineModule, type Ran } from '../core/module.js';
import { str } from '../core/params.js';
import { type Probe, probe } from '../core/probe.js';
import { join, sh } from '../core/sh.js';
import { Unknown, type Vars } from '../core/value.js';
import { aptAliases, aptFields, checkApt } from './apt/args.js';
import apt from './apt.js';
import { renamed } from './args.js';
import { outliving } from './command/outlive.js';
import { linesOf } from './command/said.js';
import { installedLook, MANAGERS, type Manager } from './package/managers.js';

const shape = z
  .strictObject({
    ...aptFields,
    use: str().optional().describe('Does nothing: which package manager there is, is found on the target.'),
  })
  .superRefine((given, context) => {
    checkApt(given, context);
    if (given.name.length === 0) context.addIssue({ code: 'custom', path: ['name'], message: 'a package is needed' });
  });
type Args = z.infer<typeof shape>;

type AptState = ReturnType<ReturnType<typeof apt.probe>['parse']>;
type State =
  | { readonly kind: 'apt'; readonly state: AptState }
  | {
      readonly kind: 'other';
      readonly manager: Manager;
      readonly installed: ReadonlySet<string>;
      readonly outdated: ReadonlySet<string>;
    }
  | { readonly kind: 'none' };

/** One script that finds the package manager and asks it. */
function look(given: Args): Probe<State> {
  const debian = apt.probe(given, { found: [] });
  const others = Object.values(MANAGERS).map(
    manager =>
      sh`elif command -v ${manager.tool} >/dev/null; then echo ${`manager ${manager.tool}`}\n${installedLook(manager, given)}`,
  );
  const script = join(
    [
      sh`if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then\n${debian.script}`,
      ...others,
      sh`else echo 'manager none'; fi`,
    ],
    '\n',
  );
  const parse = (output: { readonly stdout: string; readonly stderr: string; readonly status: number }): State => {
    const tool = /^manager (\S+)\n/.exec(output.stdout)?.[1];
    if (tool === undefined) return { kind: 'apt', state: debian.parse(output) };
    const manager = MANAGERS[tool];
    if (!manager) return { kind: 'none' };
    const lines = output.stdout.split('\n');
    const after = (word: string) =>
      new Set(lines.filter(line => line.startsWith(`${word} `)).map(line => line.slice(word.length + 1)));
    return { kind: 'other', manager, installed: after('have'), outdated: after('old') };
  };
  return { ...probe(script, parse), ...(debian.dear ? { dear: true } : {}) };
}

function plan(given: Args, seen: State): Plan {
  if (seen.kind === 'apt') return apt.plan(given, seen.state, { found: [] });
  if (seen.kind === 'none')
    return blocked(`no package manager that is known here: neither apt-get, ${Object.keys(MANAGERS).join(', ')}`);
  const { manager, installed, outdated } = seen;
  const removes = given.state === 'absent' || given.state === 'removed';
  const upgrades = given.state === 'latest';
  const names = given.name.filter(name =>
    removes ? installed.has(name) : !installed.has(name) || (upgrades && outdated.has(name)),
  );
  if (names.length === 0) return [];
  const act = removes ? manager.remove : upgrades ? manager.upgrade : manager.install;
  const side = (text: (name: string) => string) => Object.fromEntries(names.map(name => [name, text(name)]));
  return [
    {
      what: `${removes ? 'remove' : 'install'} ${names.join(' ')}`,
      before: side(name => (installed.has(name) ? 'installed' : 'absent')),
      after: side(() => (removes ? 'absent' : upgrades ? 'the newest' : 'installed')),
      apply: outliving(sh`${act} ${names}`),
    },
  ];
}

function resultOf(given: Args, seen: State, ran: Ran): Vars {
  if (seen.kind === 'apt') return apt.result?.(given, seen.state, ran, { found: [] }) ?? {};
  if (ran.kind !== 'done') return ran.kind === 'foreseen' ? { stdout: new Unknown([]), stderr: new Unknown([]) } : {};
  const { stdout, stderr, status } = ran.outputs.at(-1)!;
  return {
    rc: status,
    stdout,
    stderr,
    stdout_lines: linesOf(stdout),
    stderr_lines: linesOf(stderr),
    ...(status === 0 ? {} : { msg: stderr.trim() || stdout.trim() }),
  };
}

export default defineModule<Args, State>({
  name: 'package',
  summary: 'Installs and removes packages by whatever package manager the target has.',
  example: '- package: { name: ethtool }',
  args: renamed(aptAliases, shape),
  probe: look,
  plan,
  result: resultOf,
});
