import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Change, isBlocked } from '../../src/core/change.js';
import type { AnyModule, Given, Ran } from '../../src/core/module.js';
import { nothing, sh } from '../../src/core/sh.js';
import { modules, registry } from '../../src/modules/index.js';
import { exampleOf, foundFor, NOT_DONE_HERE, SCENERY } from '../modules/example.js';
import { canHost, ScratchHost, type ScratchRoot } from '../modules/scratch-host.js';
import { CASES, type Case } from './cases.js';
import { excused } from './excuses.js';
import { FAULTS, Farm } from './farm.js';

/** What a task came to, as the engine would tell it. */
interface Told {
  readonly outcome: 'ok' | 'changed' | 'failed';
  readonly why: string;
  readonly result: string;
  readonly acted: boolean;
}

/** Logs, caches, locks and old books: they are not what a task is about. */
const ASIDE =
  /^(?:var\/(?:log|cache|backups|lib\/(?:dpkg|apt))\b|etc\/\.pwd\.lock$|etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)-$|root\/\.cache|srv\/example\.git|srv\/svn|srv\/clone\/\.git\/objects|tmp\/g\b|var\/spool\/cron(?:\/crontabs)?$)/;
/** Files whose content is another each time; that they are there, and how, is compared all the same. */
const RANDOM = /id_ed25519|etc\/shadow$|\.git\/|\.svn\/|\/example\.git|tmp\/ansible\./;

const steady = (at: ReadonlyMap<string, string>) =>
  new Map(
    [...at]
      // A directory is copied up by whatever is written in it.
      .filter(([path, status]) => !ASIDE.test(path) && !/^d (?:755|1777) 0:0 $/.test(status))
      .map(([path, status]) => [
        path.replace(/~$|\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~/, '.BACKUP').replace(/ansible\.\w+/, 'ansible.X'),
        RANDOM.test(path) ? status.replace(/ [0-9a-f]{64}$/, '') : status,
      ]),
  );

const same = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string => {
  const differs = [...new Set([...a.keys(), ...b.keys()])].filter(path => a.get(path) !== b.get(path));
  return differs.map(path => `${path}: ${a.get(path) ?? '-'} | ${b.get(path) ?? '-'}`).join('; ');
};

/** What is not below the upper layer is as this machine has it. */
function isOfMachine(path: string, status: string): boolean {
  const digest = /[0-9a-f]{64}$/.exec(status)?.[0];
  if (digest === undefined) return status.startsWith('d ');
  return spawnSync('sha256sum', [`/${path}`], { encoding: 'utf8' }).stdout.startsWith(digest);
}

const onMachine = (path: string): boolean => spawnSync('test', ['-e', `/${path}`]).status === 0;

/** What of this is lost: neither as it was, nor as it shall be. */
function lost(
  was: ReadonlyMap<string, string>,
  goal: ReadonlyMap<string, string>,
  is: ReadonlyMap<string, string>,
): readonly string[] {
  const content = (status: string | undefined) => status?.match(/[0-9a-f]{64}$/)?.[0] ?? status?.[0];
  return [...new Set([...was.keys(), ...is.keys()])].filter(path => {
    const now = content(is.get(path));
    if (now === content(was.get(path)) || now === content(goal.get(path))) return false;
    if (was.has(path)) return true;
    return onMachine(path) && !isOfMachine(path, is.get(path)!);
  });
}

class Scene {
  readonly given: Given;
  readonly args: unknown;
  constructor(
    readonly module: AnyModule,
    raw: unknown,
    readonly path: () => string,
  ) {
    this.args = module.args.parse(raw);
    this.given = { found: (module.needs?.(this.args) ?? []).map(foundFor) };
  }

  /** Looks, plans, acts. */
  perform(root: ScratchRoot): Told {
    const { module, args, given } = this;
    const { script, parse } = module.probe(args, given);
    const path = sh`PATH=${this.path()}; export PATH`;
    const state = parse(script === nothing ? { stdout: '', stderr: '', status: 0 } : root.look(sh`${path}\n${script}`));
    const plan = module.plan(args, state, given);
    if (isBlocked(plan)) return { outcome: 'failed', why: plan.blocked, result: '', acted: false };
    const outputs = [];
    for (const change of plan) {
      const act: Change = { ...change, apply: sh`${path}\n${change.apply}` };
      const output = root.act(act);
      outputs.push(output);
      if (output.status !== 0)
        return {
          outcome: 'failed',
          why: output.stderr || `status ${output.status}`,
          result: `rc ${output.status} ${output.stdout}`,
          acted: true,
        };
    }
    const ran: Ran = plan.length === 0 ? { kind: 'nothing' } : { kind: 'done', outputs };
    const result = module.result?.(args, state, ran, given) ?? {};
    const outcome =
      result.failed === true ? 'failed' : plan.length === 0 || result.changed === false ? 'ok' : 'changed';
    return { outcome, why: String(result.msg ?? ''), result: JSON.stringify(result), acted: plan.length > 0 };
  }
}

/** In which words a result may differ from one run to the next. */
const told = (result: string): string =>
  result
    .replace(/\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~/g, '.BACKUP')
    .replace(/ansible\.\w+/g, 'ansible.X')
    .replace(
      /"(?:[acm]time|inode|dev|blocks|stdout|before|after|ssh_\w+|fingerprint|public_key|size)":("[^"]*"|[^,}]*|\{\})/g,
      '',
    );

const examples: readonly Case[] = modules
  .filter(({ name }) => !(name in NOT_DONE_HERE))
  .map(module => ({
    module: module.name,
    args: exampleOf(module).args as Case['args'],
    ...(module.name === 'raw' ? { own: ['uptime'] } : module.name === 'command' ? { own: ['touch'] } : {}),
  }));

let count = 0;
const only = process.env.TOOLS_ONLY;
/** The whole takes some four minutes: `npm test` takes a sample. */
const STEP = process.env.FAULTS === 'all' || only !== undefined ? 1 : 20;
const all = [...examples, ...CASES].filter(
  ({ module }, i) => i % STEP === 0 && (only === undefined || only.split(',').includes(module)),
);

describe.runIf(canHost)('a tool that is missing or lies', () => {
  let host: ScratchHost;
  let farm: Farm;
  let path = '';
  beforeAll(async () => {
    host = await ScratchHost.start();
    const { blobs } = host.fresh();
    mkdirSync(join(blobs, 'farm'));
    farm = new Farm(join(blobs, 'farm'), '/run/ringmaster-blobs/farm');
  });
  afterAll(() => {
    host?.stop();
    console.log(`${count} cases`);
  });

  it.each(all.map(one => [one.module, JSON.stringify(one.args).slice(0, 120), one] as const))(
    'never lets %s tell what is not so: %s',
    { timeout: 600_000 },
    (_, __, one) => {
      const module = registry.get(one.module)!;
      const scene = new Scene(module, one.args, () => path);
      const set = one.scenery ?? SCENERY[one.module] ?? nothing;
      const scenery = sh`PATH=/usr/sbin:/usr/bin:/sbin:/bin; mkdir -p /srv\n${set}`;
      const failures: string[] = [];
      const after = host.fresh(scenery);
      path = farm.recording;
      let goal!: Told;
      const tools = farm.recorded(() => {
        goal = scene.perform(after);
      });
      path = farm.path;
      const stands = steady(after.contents());
      let again!: Told;
      path = farm.recording;
      const later = farm.recorded(() => {
        again = scene.perform(after);
      });
      path = farm.path;
      const own = new Set(one.own ?? []);
      for (const [what, wanted, called] of [
        ['new', goal, tools],
        ['done', again, later],
      ] as const) {
        if (what === 'done' && (module.opaque || goal.outcome !== 'changed' || again.outcome !== 'ok')) continue;
        const fresh = () => (what === 'new' ? host.fresh(scenery) : after);
        let root = fresh();
        const was = steady(root.contents());
        for (const tool of called.filter(name => !own.has(name)))
          for (const fault of FAULTS) {
            if (excused(one.module, tool, fault) !== undefined) continue;
            count++;
            const seen = farm.while(fault, tool, () => scene.perform(root));
            const is = steady(root.contents());
            const say = (problem: string) =>
              failures.push(
                `${what}, ${tool} ${fault}: ${seen.outcome} (${seen.why.trim().slice(0, 200)}): ${problem}`,
              );
            if (seen.outcome === 'failed') {
              const gone = lost(was, stands, is);
              if (gone.length > 0) say(`lost ${gone.join(' ')}`);
            } else {
              if (seen.outcome !== wanted.outcome) say(`should be ${wanted.outcome}`);
              const differs = same(stands, is);
              if (differs !== '') say(differs.slice(0, 300));
              else if (told(seen.result) !== told(wanted.result))
                say(`tells ${told(seen.result).slice(0, 400)} | ${told(wanted.result).slice(0, 400)}`);
            }
            if (seen.acted || same(was, is) !== '') {
              if (what === 'done') break;
              root = fresh();
            }
          }
      }
      expect(failures).toEqual([]);
    },
  );
});
