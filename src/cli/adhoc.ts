import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event, Reporter } from '../core/event.js';
import { plain, type Vars } from '../core/value.js';
import { Wildcard } from '../core/wildcard.js';
import { wellFormedJson } from '../report/visible.js';
import { EXIT, exitOf } from './exit.js';
import { run } from './run.js';
import { openSession } from './session.js';
import type { Settings } from './settings.js';

/** A play of one task is loaded like any other, so that its mistakes read like any other's. */
async function withPlay<T>(play: object, body: (playbook: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'ringmaster-'));
  try {
    const playbook = join(folder, 'adhoc.yml');
    writeFileSync(playbook, JSON.stringify([play]));
    return await body(playbook);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `ringmaster exec PATTERN MODULE ARGS`: one task, ad hoc; says what the module answered. */
export async function exec(
  pattern: string,
  { module, args }: { readonly module: string; readonly args: string },
  settings: Settings,
): Promise<number> {
  const given = argumentsOf(args.trim());
  if (given === undefined) {
    process.stderr.write(
      'error: the arguments begin with { but are not JSON\n  = k=v pairs, or an object such as {"path": "/tmp/x"}\n',
    );
    return EXIT.usage;
  }
  const name = args.trim() === '' ? module : `${module}: ${args}`;
  const task = { name, [module]: given };
  return await withPlay({ name: pattern, hosts: pattern, tasks: [task] }, playbook =>
    run([playbook], { ...settings, verbose: Math.max(1, settings.verbose ?? 0) }),
  );
}

/** Arguments as the command line gives them: none, an object in JSON, `k=v` or free form; undefined if it is broken JSON. */
function argumentsOf(text: string): object | string | undefined {
  if (text === '') return {};
  if (!text.startsWith('{') || text.startsWith('{{')) return text;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

/** `ringmaster ping`: logs in, and says what was found. */
export const ping = (pattern: string, settings: Settings): Promise<number> => {
  const found =
    '{{ ansible_facts.distribution | default("?") }} {{ ansible_facts.distribution_version | default("") }}, {{ ansible_facts.kernel | default("?") }}, as {{ ansible_facts.user_id | default("?") }}';
  return withPlay(
    {
      name: pattern,
      hosts: pattern,
      tasks: [
        { name: 'ping', ping: {} },
        { name: 'found', debug: { msg: found } },
      ],
    },
    playbook => run([playbook], settings),
  );
};

/** Facts by the names they have in `ansible_facts`. */
const bare = (facts: Vars): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [name.replace(/^ansible_/, ''), plain(value)]));

/** `ringmaster facts`: what is known of hosts, one JSON object. */
export const facts = (pattern: string, settings: Settings & { readonly filter?: string }): Promise<number> =>
  withPlay({ name: pattern, hosts: pattern, tasks: [{ setup: {} }] }, async playbook => {
    const gathered: Record<string, unknown> = {};
    const collector: Reporter = {
      on(event: Event) {
        if (event.kind === 'task-finished')
          gathered[event.host] =
            event.outcome.kind === 'failed'
              ? { failed: event.outcome.result.msg }
              : bare((event.outcome.result.ansible_facts ?? {}) as Vars);
      },
    };
    const session = await openSession([playbook], settings, [collector], 'silent');
    if (typeof session === 'number') return session;
    const ended = await session.run();
    if (typeof ended === 'number') return ended;
    const { filter } = settings;
    const shown =
      filter === undefined
        ? gathered
        : Object.fromEntries(Object.entries(gathered).map(([host, all]) => [host, pick(all, filter)]));
    process.stdout.write(`${session.redactor.mask(wellFormedJson(JSON.stringify(shown, undefined, 2)))}\n`);
    return ended.hosts.length === 0 ? EXIT.usage : exitOf(ended);
  });

/** Facts whose names match a glob; with or without the prefix that they have as variables. */
function pick(all: unknown, filter: string): unknown {
  const pattern = new Wildcard(filter.replace(/^ansible_/, ''), { classes: true });
  return Object.fromEntries(
    Object.entries(all as object).filter(([name]) => pattern.test(name.replace(/^ansible_/, ''))),
  );
}
