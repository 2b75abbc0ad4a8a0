import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { EXIT } from './exit.js';
import type { Settings } from './settings.js';
import { outliveReaders } from './terminal.js';

/**
 * The command line. Only this and commander are loaded for `--help`; each verb brings its own part of the program when
 * it is chosen. An action answers the exit code.
 */
export async function runCommandLine(argv: readonly string[], version: string): Promise<number> {
  outliveReaders(process.stdout);
  outliveReaders(process.stderr);
  let code: number = EXIT.ok;
  const program = new Command('ringmaster')
    .description('Runs playbooks: agentless, idempotent, on many hosts at once. Targets need sshd and a POSIX shell.')
    .version(version)
    .enablePositionalOptions()
    .showHelpAfterError('(ringmaster --help says more)')
    .exitOverride();
  const verb = (spec: string, summary: string): Command => {
    const command = program.command(spec).description(summary).exitOverride();
    return command;
  };
  const does = (
    command: Command,
    action: (args: readonly string[], settings: Settings, command: Command) => Promise<number>,
  ): void => {
    command.action(async (...given: unknown[]) => {
      const self = given.at(-1) as Command;
      code = await action(self.args, self.opts<Settings>(), self);
    });
  };

  does(withAll(verb('run <playbook...>', 'Run playbooks against an inventory')), async (playbooks, settings) =>
    (await import('./run.js')).run(playbooks, settings),
  );
  does(withConnection(verb('ping [pattern]', 'Log in to hosts and say what was found')), async ([pattern], settings) =>
    (await import('./adhoc.js')).ping(pattern ?? 'all', settings),
  );
  does(
    withConnection(verb('facts [pattern]', 'Show what is known of hosts, as JSON')).option(
      '--filter <name>',
      'only these facts',
    ),
    async ([pattern], settings) => (await import('./adhoc.js')).facts(pattern ?? 'all', settings),
  );
  does(
    withAll(verb('exec <pattern> <module> [args...]', 'Run one module on hosts (ad hoc): exec workers command uptime')),
    async ([pattern, module, ...args], settings) =>
      (await import('./adhoc.js')).exec(pattern!, { module: module!, args: args.join(' ') }, settings),
  );
  does(
    withInventory(verb('inventory [pattern]', 'Show the hosts, groups and variables of an inventory')).option(
      '--json',
      'as executable inventories give it',
    ),
    async ([pattern], settings, command) =>
      (await import('./inventory.js')).inventory(pattern, {
        ...settings,
        isJson: command.opts<{ json?: boolean }>().json === true,
      }),
  );
  does(
    verb('doc [name]', 'Describe a module, a role, or list them all').option(
      '--roles-path <path>',
      'where roles are found',
      collect,
    ),
    async ([name], settings) => (await import('./doc.js')).doc(name, settings),
  );
  does(
    verb('demo', 'Bring four lab hosts up, build a Bro cluster on them, and do it again')
      .option('--keep', 'leave the lab up')
      .option('--local', 'only a dry run against this machine')
      .option('-v, --verbose', 'say more', count, 0),
    async (_args, settings, command) =>
      (await import('./demo.js')).demo({ ...settings, ...command.opts<{ keep?: boolean; local?: boolean }>() }),
  );
  const lab = verb('lab', 'Real Debian hosts in namespaces of this machine (root only)');
  const labVerb = (spec: string, summary: string): Command =>
    lab.command(spec).description(summary).option('--name <lab>', 'which lab', 'lab').exitOverride();
  does(labVerb('up [hosts...]', 'Boot hosts: manager node1 node2 node3'), async (hosts, _settings, command) =>
    (await import('./lab.js')).up(command.opts<{ name: string }>().name, hosts),
  );
  does(labVerb('down', 'End the hosts and remove all of them'), async (_args, _settings, command) =>
    (await import('./lab.js')).down(command.opts<{ name: string }>().name),
  );
  does(labVerb('list', 'List labs that are up'), async () => (await import('./lab.js')).list());
  does(
    labVerb('shell [host]', 'A shell on a host, or where the controller stands'),
    async ([host], _settings, command) => (await import('./lab.js')).shell(command.opts<{ name: string }>().name, host),
  );
  does(
    labVerb('run [args...]', "`ringmaster run` inside the lab, with the lab's inventory")
      .passThroughOptions()
      .allowUnknownOption(),
    async (args, _settings, command) => (await import('./lab.js')).run(command.opts<{ name: string }>().name, args),
  );
  const vm = lab.command('vm').description('One emulated machine with a kernel of its own, for drivers').exitOverride();
  const vmVerb = (spec: string, summary: string): Command =>
    vm.command(spec).description(summary).option('--name <machine>', 'which machine', 'vm').exitOverride();
  const managed = ['--management <driver>', 'driver of its management interface: virtio or igb', 'virtio'] as const;
  does(
    vmVerb('up', 'Boot it, or let it go on from its first boot').option(...managed),
    async (_args, _settings, command) => (await import('./lab-vm.js')).up(command.opts()),
  );
  does(vmVerb('down', 'End it and remove all of it'), async (_args, _settings, command) =>
    (await import('./lab-vm.js')).down(command.opts()),
  );
  does(
    vmVerb('shell [command...]', 'A shell on it, or a command').passThroughOptions(),
    async (args, _settings, command) => (await import('./lab-vm.js')).shell(command.opts(), args),
  );

  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  return code;
}

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];
const count = (_value: string, before: number): number => before + 1;
const number = (value: string): string => {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError('a whole number is wanted');
  return value;
};

function withInventory(command: Command): Command {
  return command
    .option('-i, --inventory <source>', 'inventory file, directory, program, or `host,` (repeat for several)', collect)
    .option('-l, --limit <pattern>', 'only these of the hosts')
    .option('-e, --extra-vars <vars>', 'k=v, JSON, or @file: the strongest variables', collect)
    .addOption(new Option('--color <when>', 'colour').choices(['auto', 'always', 'never']).default('auto'));
}

function withConnection(command: Command): Command {
  return withInventory(command)
    .option('-u, --user <name>', 'log in as')
    .option('--private-key <file>', 'key to log in with')
    .option('-k, --ask-pass', 'ask for the login password')
    .option('-c, --connection <kind>', 'ssh or local')
    .option('-T, --timeout <seconds>', 'for connecting', number)
    .option('-b, --become', 'act as another user')
    .option('--become-user <name>', 'which (root)')
    .option('--become-method <way>', 'sudo or su')
    .option('-K, --ask-become-pass', 'ask for the password of become')
    .option('-f, --forks <number>', 'hosts worked on at once (20)', number)
    .option('-v, --verbose', 'say more; repeat for yet more', count, 0)
    .addOption(
      new Option('--output <form>', 'an account for people, or the events, one JSON object a line')
        .choices(['human', 'jsonl'])
        .default('human'),
    );
}

function withAll(command: Command): Command {
  return withConnection(command)
    .option('-t, --tags <tags>', 'only tasks with these', collect)
    .option('--skip-tags <tags>', 'not tasks with these', collect)
    .option('-C, --check', 'dry run: say what would change, change nothing')
    .option('-D, --diff', 'show what changes, line by line')
    .option('--start-at-task <name>', 'begin at the task of this name')
    .option('--list-hosts', 'list the hosts, run nothing')
    .option('--list-tasks', 'list the tasks, run nothing')
    .option('--list-tags', 'list the tags, run nothing')
    .option('--syntax-check', 'check the whole project, run nothing')
    .option('--force-handlers', 'run handlers even if a task failed')
    .option('--sequential', 'do one task at a time on each host; fetch nothing ahead (slower; same result)')
    .option('--detailed-exitcode', 'with --check: exit 3 if something would change')
    .option('--roles-path <path>', 'where roles are found', collect);
}
