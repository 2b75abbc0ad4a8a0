import { spawnSync } from 'node:child_process';
import type { Blob } from '../../src/core/blob.js';
import { decode, encode } from '../../src/core/bytes.js';
import { type Change, isBlocked, type Plan } from '../../src/core/change.js';
import type { AnyModule, Given, Ran } from '../../src/core/module.js';
import type { Output } from '../../src/core/probe.js';
import { quote, type Sh } from '../../src/core/sh.js';
import { acting } from '../../src/core/writer.js';

/** The shells that every script must do under. */
export const SHELLS: readonly (readonly string[])[] = [['dash'], ['busybox', 'sh'], ['bash', '--posix']];

/** Where scripts run: a shell, and how to get at it (`chroot`, `nsenter`). */
export interface Ground {
  readonly shell?: readonly string[];
  readonly through?: readonly string[];
  readonly blobs?: string;
  readonly env?: { readonly [name: string]: string };
}

/** Runs one snippet as the lane would: in a subshell, by `eval`, without stdin. */
export function run(
  script: Sh,
  { shell = ['dash'], through = [], blobs = '/nonexistent', env = {} }: Ground = {},
): Output {
  const [program, ...args] = [...through, ...shell];
  const input = `export RM_BLOBS=${quote(blobs)}\n${acting.text}\n( eval ${quote(script.text)} ) </dev/null\nexit $?\n`;
  const done = spawnSync(program!, args, {
    input: encode(input),
    maxBuffer: 1 << 28,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', ...env, LC_ALL: 'C' },
  });
  if (done.error) throw done.error;
  return { stdout: decode(done.stdout), stderr: decode(done.stderr), status: done.status ?? 128 };
}

export interface Seen {
  readonly plan: Plan;
  /** What a dry run would register. */
  readonly foreseen: { readonly [name: string]: any };
  /** What `register` gets once the plan is done, if it was. */
  readonly result: { readonly [name: string]: any };
  readonly outputs: readonly Output[];
  readonly status: number;
  /** The plan drawn after the act: `[]` for a module that converges. */
  readonly again: Plan;
}

/** Arguments as the engine hands them over. Throws where the schema refuses them. */
export const argsOf = (module: AnyModule, given: unknown): any => module.args.parse(given);

/** Looks, plans, acts, looks again. */
export function task(module: AnyModule, raw: unknown, ground: Ground = {}, given: Given = { found: [] }): Seen {
  const args = argsOf(module, raw);
  const { script, parse } = module.probe(args, given);
  const look = () => parse(run(script, ground));
  const state = look();
  const plan = module.plan(args, state, given);
  const outputs: Output[] = [];
  if (!isBlocked(plan))
    for (const change of plan) {
      outputs.push(act(change, ground));
      if (outputs.at(-1)!.status !== 0) break;
    }
  const ran: Ran = isBlocked(plan) || plan.length === 0 ? { kind: 'nothing' } : { kind: 'done', outputs };
  const result = (as: Ran) => module.result?.(args, state, as, given) ?? {};
  return {
    plan,
    foreseen: result(ran.kind === 'nothing' ? ran : { kind: 'foreseen' }),
    result: result(ran),
    outputs,
    status: outputs.at(-1)?.status ?? 0,
    again: module.plan(args, look(), given),
  };
}

/** Puts the blobs where the lane would, on the ground itself, for as long as the act takes. */
function act(change: Change, ground: Ground): Output {
  if (!change.needs?.length) return run(change.apply, ground);
  const shell = ['/bin/sh', '-ec'];
  const on = (script: string, input: Uint8Array = Buffer.alloc(0)): string => {
    const [program, ...args] = [...(ground.through ?? []), ...shell, script];
    const done = spawnSync(program!, args, { input });
    if (done.status !== 0) throw new Error(`no blobs: ${done.stderr}`);
    return done.stdout.toString().trim();
  };
  const blobs = on('mktemp -d /tmp/blobs-XXXXXX');
  for (const blob of change.needs) on(`umask 077; cat >${blobs}/${blob.digest}`, blob.bytes!);
  try {
    return run(change.apply, { ...ground, blobs });
  } finally {
    on(`rm -r ${blobs}`);
  }
}

/** A file of the controller, as the engine finds it for a need. */
export const fileFound = (path: string, blob: Blob): Given => ({ found: [{ kind: 'file', path, blob, mode: 0o644 }] });

/** What the changes of a plan are about; throws when it is blocked. */
export function whats(plan: Plan): readonly string[] {
  if (isBlocked(plan)) throw new Error(`blocked: ${plan.blocked}`);
  return plan.map(change => change.what);
}
