import { installRequirements } from '../lab/vm/requirements.js';
import { SHAPES } from '../lab/vm/shape.js';
import { find, shell as shellOn, up as start, down as stop } from '../lab/vm/vm.js';
import { EXIT } from './exit.js';
import { complain, hand } from './lab.js';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

export interface VmSettings {
  /** Names the machine. */
  readonly name: string;
  /** What its management interface is. */
  readonly management: string;
}

/** Boots the machine, or lets it go on from its first boot; a checkout of PF_RING is taken from PFRING_SRC. */
export async function up({ name, management }: VmSettings): Promise<number> {
  const shape = SHAPES.find(one => one === management);
  if (shape === undefined) {
    say(`error: there is no machine that is managed by ${management}\n  = ${SHAPES.join(', ')}`);
    return EXIT.usage;
  }
  const ready = await installRequirements(say);
  if (!ready.ok) return complain(ready);
  const from = { kind: 'fresh', checkout: process.env.PFRING_SRC || undefined } as const;
  const vm = await start({ id: name, shape, life: 'until-down', say, from });
  if (!vm.ok) return complain(vm);
  process.stdout.write(`inventory    ${vm.value.inventory}\n`);
  say(
    `next  ringmaster run -i ${vm.value.inventory} test/vm/tap.yml     ringmaster lab vm shell     ringmaster lab vm down`,
  );
  return EXIT.ok;
}

export async function down({ name }: VmSettings): Promise<number> {
  const done = await stop(name);
  if (!done.ok) return complain(done);
  say(done.value ? `vm    ${name} is down, and nothing of it is left` : `vm    there was none named ${name}`);
  return EXIT.ok;
}

export async function shell({ name }: VmSettings, command: readonly string[]): Promise<number> {
  const vm = find(name);
  if (vm !== undefined) return await hand(shellOn(vm, command));
  say(`error: no machine named ${name} is up\n  = ringmaster lab vm up`);
  return EXIT.refused;
}
