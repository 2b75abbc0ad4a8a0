import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../src/lab/command.js';
import { down, find, type LabWish, list } from '../../src/lab/lab.js';
import { cacheFolder, stateFolder } from '../../src/lab/places.js';
import { readState } from '../../src/lab/state.js';
import { labDescribe, must, says, wishFor } from './rig.js';

/** What of a lab is on this machine: processes that name it, mounts, cgroups, folders. */
async function remains(id: string): Promise<readonly string[]> {
  const processes = readdirSync('/proc').filter(
    name => /^\d+$/.test(name) && read(`/proc/${name}/cmdline`).includes(id),
  );
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter(line => line.includes(id));
  const cgroups = (await run(['unshare', '--mount', 'sh', '-c', 'mount -t cgroup2 cgroup2 /mnt && ls /mnt'])).stdout;
  const folders = [join(stateFolder(), id), join(cacheFolder(), 'labs', id)].filter(existsSync);
  const netns = (await run(['sh', '-c', 'ls /run/netns; ip -o link'])).stdout;
  return [
    ...processes.map(pid => `process ${pid}`),
    ...mounts,
    ...cgroups.split('\n').filter(name => name.endsWith(id)),
    ...folders,
    ...netns.split('\n').filter(line => line.includes('tap-alice')),
  ];
}
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; !(await holds()); i++) {
    if (i > 200) expect.fail(`not within 20 s: ${what}`);
    await wait(100);
  }
}

labDescribe('the life of a lab', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'rm-life-'));
  beforeAll(async () => {
    await build({
      entryPoints: ['src/lab/lab.ts'],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: join(scratch, 'lab.mjs'),
    });
    // Another program, which makes a lab and then, if told so, lives on.
    writeFileSync(
      join(scratch, 'owner.mjs'),
      `import { up } from './lab.mjs';
       const { after, ...wish } = JSON.parse(process.argv[2]);
       const result = await up({ ...wish, standIns: undefined, say: () => {} });
       console.log(result.ok ? 'up' : JSON.stringify(result.error));
       if (after === 'stay') setInterval(() => {}, 1000);`,
    );
  });
  afterAll(() => rmSync(scratch, { recursive: true }));

  const other = (wish: LabWish, after: 'stay' | 'leave') => {
    const { id, hosts, life } = wish;
    return spawn(process.execPath, [join(scratch, 'owner.mjs'), JSON.stringify({ id, hosts, life, after })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  };
  const upIn = async (child: ReturnType<typeof other>) => {
    const said = new Promise(resolve => child.stdout!.once('data', data => resolve(String(data).trim())));
    const ended = new Promise(resolve => child.once('exit', () => resolve('it ended without a word')));
    expect(await Promise.race([said, ended])).toBe('up');
  };

  it('ends with its owner, even by kill -9; what is left are folders, which the next look removes', async () => {
    const wish = wishFor('one', 'two');
    const owner = other(wish, 'stay');
    await upIn(owner);
    const keeper = readState(wish.id)!.keeper!.process.pid;
    owner.kill('SIGKILL');
    await until(() => !existsSync(`/proc/${keeper}`), 'the keeper ends');
    await until(
      async () => (await remains(wish.id)).every(line => !line.startsWith('process')),
      'all its processes end',
    );
    expect(find(wish.id)).toBeUndefined();
    must(await list(() => {}));
    expect(await remains(wish.id)).toEqual([]);
  }, 120_000);

  it('outlives its owner when it shall, until down', async () => {
    const wish: LabWish = { ...wishFor('one'), life: 'until-down' };
    const owner = other(wish, 'leave');
    await upIn(owner);
    await until(() => owner.exitCode !== null, 'a program that made a lasting lab can end');
    const lab = must(await list(() => {})).find(one => one.id === wish.id)!;
    expect(await says(lab, 'one', 'hostname')).toBe('one');
    expect(must(await down(wish.id, () => {}))).toBe(true);
    expect(await remains(wish.id)).toEqual([]);
    expect(must(await down(wish.id, () => {}))).toBe(false);
  }, 120_000);

  it('that never came up is removed when its maker was killed', async () => {
    const wish: LabWish = { ...wishFor('one', 'two', 'three'), life: 'until-down' };
    const owner = other(wish, 'stay');
    await until(() => readState(wish.id)?.keeper !== undefined, 'the keeper starts');
    owner.kill('SIGKILL');
    await until(() => owner.signalCode !== null, 'the maker ends');
    expect(readState(wish.id)?.phase).toBe('starting');
    must(await list(() => {}));
    expect(await remains(wish.id)).toEqual([]);
  }, 120_000);

  it('that cannot come up leaves nothing', async () => {
    const wish = { ...wishFor('one'), standIns: scratch };
    writeFileSync(join(scratch, 'inventory.yml'), '<address:nobody>');
    const { up } = await import('../../src/lab/lab.js');
    const { DEFAULT_HOSTS } = await import('../../src/lab/inventory.js');
    const result = await up({ ...wish, hosts: DEFAULT_HOSTS });
    expect(result).toMatchObject({ ok: false, error: [{ code: 'lab-inventory' }] });
    expect(await remains(wish.id)).toEqual([]);
  }, 120_000);
});
