import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '../..');

/** Every shell script of the roles and the stand-ins. */
function scripts(): readonly string[] {
  return ['roles', 'src/lab/stand-ins'].flatMap(top =>
    readdirSync(path.join(root, top), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => path.join(entry.parentPath, entry.name))
      .filter(
        file => file.endsWith('.sh') || (!file.endsWith('.j2') && readFileSync(file, 'utf8').startsWith('#!/bin/sh')),
      )
      .map(file => path.relative(root, file)),
  );
}

const folder = mkdtempSync(path.join(tmpdir(), 'ringmaster-scripts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('every script', () => {
  it.each(scripts())('%s is understood by dash and busybox', script => {
    for (const shell of [['dash'], ['busybox', 'sh']]) {
      const { status, stderr } = spawnSync(shell[0]!, [...shell.slice(1), '-n', path.join(root, script)], {
        encoding: 'utf8',
      });
      expect(`${status} ${stderr}`).toBe('0 ');
    }
  });
});

/** Puts a program of this text before all others on the PATH. */
function pretend(name: string, text: string): void {
  writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}`);
  chmodSync(path.join(folder, name), 0o755);
}

function run(script: string, env: Readonly<Record<string, string>>, shell = 'sh'): readonly string[] {
  // With the functions that its task puts before it.
  const text = ['pfring/files/whose.sh', script].map(file => readFileSync(path.join(root, 'roles', file), 'utf8'));
  const { stdout } = spawnSync(shell, ['-c', text.join('\n')], {
    encoding: 'utf8',
    env: { PATH: `${folder}:/usr/sbin:/usr/bin:/sbin:/bin`, LC_ALL: 'C', DKMS: 'no', ...env },
  });
  return stdout.split('\n').filter(line => line !== '' && line !== 'has ipv6');
}

describe('what pfring sees of a module', () => {
  /** A tree like /sys/module and one like /proc/net/pf_ring, with these parameters and users. */
  function kernel(
    parameters: Readonly<Record<string, string>>,
    holders: readonly string[],
  ): Readonly<Record<string, string>> {
    const top = mkdtempSync(path.join(folder, 'kernel-'));
    const sys = path.join(top, 'sys');
    spawnSync('mkdir', ['-p', `${sys}/pf_ring/parameters`, `${sys}/pf_ring/holders`, `${top}/proc`]);
    for (const [name, value] of Object.entries(parameters))
      writeFileSync(path.join(sys, 'pf_ring/parameters', name), `${value}\n`);
    for (const holder of holders) writeFileSync(path.join(sys, 'pf_ring/holders', holder), '');
    writeFileSync(path.join(sys, 'pf_ring/srcversion'), 'ABC\n');
    return {
      SYS: sys,
      PROC: `${top}/proc`,
      SRC: '/nowhere',
      PREFIX: '/nowhere',
      STAMPS: '/nowhere',
      KERNEL: '6.1.0',
      RUNTIME: 'enable_tx_capture min_num_slots',
    };
  }
  const about = (lines: readonly string[]) => lines.filter(line => !/^(fresh|stale) /.test(line));

  it('is a parameter to write, where that can be done while it runs', () => {
    pretend('modinfo', 'case $* in *srcversion*) echo ABC ;; esac\n');
    const env = kernel({ enable_tx_capture: '1', transparent_mode: '2' }, []);
    expect(about(run('pfring/files/look.sh', { ...env, PARAMS: 'enable_tx_capture=0 transparent_mode=2 ' }))).toEqual([
      'loaded yes',
      'write enable_tx_capture',
      'reload no',
    ]);
  });

  it('is a reload and who stands in its way, where a parameter cannot be written', () => {
    pretend('modinfo', 'case $* in *srcversion*) echo ABC ;; esac\n');
    const env = kernel({ transparent_mode: '0' }, ['igb']);
    expect(about(run('pfring/files/look.sh', { ...env, PARAMS: 'transparent_mode=2 ' }))).toEqual([
      'loaded yes',
      'because transparent_mode is 0',
      'reload yes',
      'user module igb',
    ]);
  });

  it('is a reload where another build is loaded than is installed', () => {
    pretend('modinfo', 'case $* in *srcversion*) echo XYZ ;; esac\n');
    expect(about(run('pfring/files/look.sh', { ...kernel({}, []), PARAMS: '' }))).toEqual([
      'loaded yes',
      'because the loaded module is not the installed one',
      'reload yes',
    ]);
  });

  it('is that it is not loaded, and that all is stale on a fresh host', () => {
    pretend('modinfo', 'exit 1\n');
    const env = {
      SYS: '/nowhere',
      PROC: '/nowhere',
      SRC: '/nowhere',
      PREFIX: '/nowhere',
      STAMPS: '/nowhere',
      KERNEL: '6.1.0',
      PARAMS: '',
      RUNTIME: '',
    };
    expect(run('pfring/files/look.sh', env)).toEqual([
      'stale kernel',
      'stale lib',
      'stale libpcap',
      'stale tcpdump',
      'stale loader',
      'loaded no',
    ]);
  });
});
