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
    // `--limit PATTERN`, as man pages write it.
    .configureHelp({ optionTerm: ({ flags }) => flags.replace(/<(.+?)>/, (_, word: string) => word.toUpperCase()) })
    .enablePositionalOptions()
    .showHelpAfterError('(run ringmaster --help for usage)')
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
  does(withConnection(verb('ping [pattern]', 'Log in to hosts and show what was found')), async ([pattern], settings) =>
    (await import('./adhoc.js')).ping(pattern ?? 'all', settings),
  );
  does(
    withConnection(verb('facts [pattern]', 'Show the facts of hosts as JSON')).option(
      '--filter <name>',
      'show only facts matching this pattern',
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
      'print JSON in the format of executable inventories',
    ),
    async ([pattern], settings, command) =>
      (await import('./inventory.js')).inventory(pattern, {
        ...settings,
        isJson: command.opts<{ json?: boolean }>().json === true,
      }),
  );
  does(
    verb('doc [name]', 'Describe a module or a role, or list them all').option(
      '--roles-path <path>',
      'search this directory for roles',
      collect,
    ),
    async ([name], settings) => (await import('./doc.js')).doc(name, settings),
  );
  does(
    verb('demo', 'Bring four lab hosts up, build a Bro cluster on them, and do it again')
      .option('--keep', 'keep the lab running')
      .option('--local', 'only do a dry run against this machine')
      .option('-v, --verbose', 'show more', count, 0),
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
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError('Give a whole number.');
  return value;
};

function withInventory(command: Command): Command {
  return command
    .option('-i, --inventory <source>', 'inventory file, directory, program, or `host,` (repeat for several)', collect)
    .option('-l, --limit <pattern>', 'limit to hosts matching PATTERN')
    .option('-e, --extra-vars <vars>', 'set variables: k=v, JSON or @FILE; they override all others', collect)
    .addOption(new Option('--color <when>', 'use colors').choices(['auto', 'always', 'never']).default('auto'));
}

function withConnection(command: Command): Command {
  return withInventory(command)
    .option('-u, --user <name>', 'log in as this user')
    .option('--private-key <file>', 'log in with this private key')
    .option('-k, --ask-pass', 'ask for the login password')
    .option('-c, --connection <kind>', 'connect by ssh or local')
    .option('-T, --timeout <seconds>', 'give up connecting after this time', number)
    .option('-b, --become', 'run tasks as another user')
    .option('--become-user <name>', 'user to become (default: root)')
    .option('--become-method <way>', 'become the user by sudo or su (default: sudo)')
    .option('-K, --ask-become-pass', 'ask for the become password')
    .option('-f, --forks <number>', 'work on at most this many hosts at once (default: 20)', number)
    .option('-v, --verbose', 'show more; repeat for still more (-vv: live output of tasks)', count, 0)
    .addOption(
      new Option('--output <form>', 'print a report for people, or the events as JSON lines')
        .choices(['human', 'jsonl'])
        .default('human'),
    );
}

function withAll(command: Command): Command {
  return withConnection(command)
    .option('-t, --tags <tags>', 'run only tasks with these tags', collect)
    .option('--skip-tags <tags>', 'skip tasks with these tags', collect)
    .option('-C, --check', 'dry run: show what would change, change nothing')
    .option('-D, --diff', 'show the changes line by line')
    .option('--start-at-task <name>', 'start at the task with this name')
    .option('--list-hosts', 'list the hosts, run nothing')
    .option('--list-tasks', 'list the tasks, run nothing')
    .option('--list-tags', 'list the tags, run nothing')
    .option('--syntax-check', 'check the whole project, run nothing')
    .option('--force-handlers', 'run notified handlers even if a task failed')
    .option('--sequential', 'do one task at a time on each host; fetch nothing ahead (slower; same result)')
    .option('--detailed-exitcode', 'with --check: exit 3 if something would change')
    .option('--roles-path <path>', 'search this directory for roles', collect);
}
