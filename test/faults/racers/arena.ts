import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Change } from '../../../src/core/change.js';
import { isBlocked, type Plan } from '../../../src/core/change.js';
import { quote } from '../../../src/core/sh.js';
import { acting } from '../../../src/core/writer.js';
import { argsOf, run } from '../../modules/doing.js';
import type { Scene } from './scenes.js';

/** Mallory, and the way to act as her. */
export const MALLORY = 65534;
const AS_MALLORY = ['setpriv', `--reuid=${MALLORY}`, `--regid=${MALLORY}`, '--groups=100'];

export type How = 'temporaries' | 'goals' | 'parent';

/** What came of scenes under attack. */
export interface Outcome {
  readonly rounds: number;
  readonly swaps: number;
  /** Things of root's that are not as they were. */
  readonly touched: readonly string[];
  /** Rounds that were told to be done though the goal is not as it should be. */
  readonly lies: readonly string[];
  readonly done: number;
  readonly stderr: string;
}

/** Whose directory it is: mallory's, one like /tmp, or one that her group may write to. */
export type Place = 'own' | 'sticky' | 'group';
export const PLACES: readonly Place[] = ['own', 'sticky', 'group'];

/** Makes a directory such a place. */
export function become(path: string, place: Place): void {
  chownSync(path, place === 'own' ? MALLORY : 0, place === 'group' ? 100 : place === 'own' ? MALLORY : 0);
  chmodSync(path, { own: 0o755, sticky: 0o1777, group: 0o2775 }[place]);
}

/** How a goal stands after a scene of which nobody disturbed the acts. */
const calmly = new Map<string, string>();

/** Directories of root's, with canaries in them, and one of mallory's beside them. */
export class Arena {
  readonly root = mkdtempSync('/tmp/racers-');
  readonly home = join(this.root, 'home');
  readonly directory = join(this.home, 'r');
  readonly #vault = join(this.root, 'vault');
  readonly #crown = join(this.#vault, 'crown');
  readonly #den = join(this.#vault, 'den');

  constructor(
    readonly shell: readonly string[] = ['dash'],
    readonly place: Place = 'own',
  ) {
    chmodSync(this.root, 0o755);
    mkdirSync(join(this.#vault, 'hollow'), { recursive: true, mode: 0o700 });
    mkdirSync(this.#den);
    mkdirSync(join(this.root, 'blobs'), { mode: 0o700 });
    writeFileSync(this.#crown, 'crown\n', { mode: 0o600 });
    mkdirSync(this.home);
    chownSync(this.home, MALLORY, MALLORY);
    mkdirSync(this.directory);
    become(this.directory, place);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** What the module would do at a goal that stands there as the scene says. */
  plan(scene: Scene, goal: string): Plan {
    const given = scene.given ?? { found: [] };
    const args = argsOf(scene.module, placed(scene.args, goal));
    const { script, parse } = scene.module.probe(args, given);
    return scene.module.plan(args, parse(run(script, { shell: this.shell })), given);
  }

  changes(scene: Scene, goal: string): readonly Change[] {
    const plan = this.plan(scene, goal);
    if (isBlocked(plan)) throw new Error(`${scene.name}: ${plan.blocked}`);
    for (const blob of plan.flatMap(change => change.needs ?? []))
      writeFileSync(join(this.root, 'blobs', blob.digest), blob.bytes!);
    return plan;
  }

  /** Puts what the scene begins with in these places, as mallory. */
  prepare(scene: Scene, goals: readonly string[]): void {
    const lines = goals.map(goal => {
      if (scene.prop === 'file') return `echo old >${goal}; chmod 644 ${goal}`;
      return scene.prop === 'directory'
        ? `mkdir -p ${goal}/deep; echo old >${goal}/inner; echo old >${goal}/deep/inner`
        : ':';
    });
    const [program, ...args] = [...AS_MALLORY, 'sh', '-ec', ['umask 022', ...lines].join('\n')];
    const done = spawnSync(program!, args, { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(done.stderr);
  }

  /** How the goal stands when nobody disturbs the acts. */
  #calmly(scene: Scene): string {
    const key = `${scene.name} ${this.place}`;
    const known = calmly.get(key);
    if (known !== undefined) return known;
    const calm = join(this.root, 'calm');
    mkdirSync(calm);
    become(calm, this.place);
    this.prepare(scene, [`${calm}/goal`]);
    for (const { apply } of this.changes(scene, `${calm}/goal`))
      run(apply, { shell: this.shell, blobs: join(this.root, 'blobs') });
    const wanted = standing(`${calm}/goal`);
    rmSync(calm, { recursive: true });
    calmly.set(key, wanted);
    return wanted;
  }

  /** Does all scenes, each so many times, while mallory swaps. */
  async attack(scenes: readonly Scene[], how: How, rounds: number): Promise<Outcome> {
    const tries = scenes.flatMap((scene, s) => {
      const wanted = this.#calmly(scene);
      const goals = Array.from({ length: rounds }, (_, i) => join(this.directory, `goal-${s}-${i}`));
      this.prepare(scene, goals);
      for (const goal of goals) {
        const canary = join(this.#den, basename(goal));
        if (scene.prop === 'file') writeFileSync(canary, 'old\n', { mode: 0o600 });
        else if (scene.prop === 'directory') {
          mkdirSync(join(canary, 'deep'), { recursive: true, mode: 0o700 });
          for (const name of ['inner', 'deep/inner']) writeFileSync(join(canary, name), 'old\n', { mode: 0o600 });
        }
      }
      const acts = this.changes(scene, goals[0]!).map(({ apply }) => apply.text);
      return goals.map(goal => ({
        scene,
        goal,
        wanted,
        script: acts
          .map(act => `( eval ${quote(act.replaceAll(goals[0]!, goal))} ) </dev/null >/dev/null`)
          .join(' && '),
      }));
    });
    const before = this.#snapshot();
    const racer = await this.#racer(how);
    const [program, ...args] = this.shell;
    const actor = spawn(program!, args, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LC_ALL: 'C' } });
    const blobs = `export RM_BLOBS=${join(this.root, 'blobs')}`;
    actor.stdin.end([blobs, acting.text, ...tries.map(({ script }) => `${script}\necho $?`)].join('\n'));
    const [stdout, stderr] = await Promise.all([text(actor.stdout), text(actor.stderr)]);
    const swaps = await racer();
    const statuses = stdout.split('\n').slice(0, -1);
    const after = this.#snapshot();
    const touched = [...new Set([...before.keys(), ...after.keys()])].filter(
      path => before.get(path) !== after.get(path),
    );
    // Who swaps the goal itself may have the last word.
    const lies = tries.filter(
      ({ goal, wanted }, i) => how !== 'goals' && statuses[i] === '0' && standing(goal) !== wanted,
    );
    return {
      swaps,
      touched: touched.map(path => `${path}: ${before.get(path)} → ${after.get(path)}`),
      lies: lies.map(({ scene, goal, wanted }) => `${scene.name}: ${standing(goal)}, not ${wanted}`),
      rounds: tries.length,
      done: statuses.filter(status => status === '0').length,
      stderr,
    };
  }

  /** Starts mallory; what ends her tells her swaps. */
  async #racer(how: How): Promise<() => Promise<number>> {
    const end = join(this.root, 'end');
    const [program, ...args] = [
      ...[...AS_MALLORY, process.execPath, '--input-type=module', '-', how, this.directory, this.#crown],
      ...[join(this.#vault, 'hollow'), this.#den, end],
    ];
    const racer = spawn(program!, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    racer.stdout.on('data', data => {
      said += String(data);
    });
    const closed = new Promise(resolve => racer.on('close', resolve));
    racer.stdin.end(readFileSync(join(import.meta.dirname, 'racer.mjs')));
    while (!said.includes('ready')) await new Promise(resolve => setTimeout(resolve, 5));
    return async () => {
      writeFileSync(end, '');
      await closed;
      rmSync(end);
      return Number(said.split('\n').at(-2));
    };
  }

  /** All of root's things, with what could be done to them. */
  #snapshot(): ReadonlyMap<string, string> {
    const found = spawnSync('find', [this.#vault, '-printf', '%p\t%y %m %U:%G %s %T@ %C@\n'], { encoding: 'utf8' });
    return new Map(
      found.stdout
        .split('\n')
        .slice(0, -1)
        .map(line => line.split('\t') as [string, string]),
    );
  }
}

/** Puts the path of the goal wherever `@` stands in arguments. */
const placed = (args: Scene['args'], goal: string) =>
  Object.fromEntries(
    Object.entries(args).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.replaceAll('@', goal) : value,
    ]),
  );

/** Kind, owner, mode and content of a thing. */
export function standing(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return 'nothing';
  const content = found.isSymbolicLink()
    ? readlinkSync(path)
    : found.isFile()
      ? createHash('sha1').update(readFileSync(path)).digest('hex')
      : '';
  return `${(found.mode & 0o177777).toString(8)} ${found.uid}:${found.gid} ${content}`;
}
