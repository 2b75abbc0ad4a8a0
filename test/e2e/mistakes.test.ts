import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Ran, ringmaster, TestLab, whyNoLab } from './rig.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mistakes-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function project(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
const local = 'localhost ansible_connection=local\n';
const run = (...args: readonly string[]): Promise<Ran> => ringmaster(['run', ...args], { cwd: folder });

describe('mistakes that are found before any host is touched', () => {
  it('a typo in a parameter', async () => {
    project({
      hosts: local,
      'site.yml': '- hosts: all\n  tasks:\n    - name: x\n      copy:\n        desst: /tmp/x\n        content: y\n',
    });
    const { code, err } = await run('site.yml', '-i', 'hosts');
    expect(err).toContain('site.yml:5:9');
    expect(err).toMatch(/no parameter `desst`/);
    expect(err).toMatch(/did you mean `dest`\?/);
    expect(err).toContain('no host was contacted');
    expect(code).toBe(5);
  });

  it('an unknown role', async () => {
    project({
      hosts: local,
      'roles/common/tasks/main.yml': '[]\n',
      'site.yml': '- hosts: all\n  roles:\n    - comon\n',
    });
    const { code, err } = await run('site.yml', '-i', 'hosts');
    expect(err).toContain('site.yml:3:7');
    expect(err).toMatch(/did you mean `common`/);
    expect(code).toBe(5);
  });

  it('an undefined variable', async () => {
    project({
      hosts: local,
      'site.yml':
        '- hosts: all\n  vars:\n    target_dir: /tmp\n  tasks:\n    - file:\n        path: "{{ taget_dir }}/x"\n        state: touch\n',
    });
    const { code, err } = await run('site.yml', '-i', 'hosts');
    expect(err).toContain('site.yml:6:19');
    expect(err).toMatch(/taget_dir/);
    expect(err).toMatch(/did you mean `target_dir`/);
    expect(code).toBe(5);
  });

  it('a tab in YAML', async () => {
    project({ hosts: local, 'site.yml': '- hosts: all\n  tasks:\n\t- ping:\n' });
    const { code, err } = await run('site.yml', '-i', 'hosts');
    expect(err).toMatch(/site\.yml:3:1/);
    expect(err).toMatch(/tab/i);
    expect(code).toBe(5);
  });

  it('an unknown host in --limit', async () => {
    project({ hosts: `[workers]\nworker1\nworker2\n`, 'site.yml': '- hosts: all\n  tasks:\n    - ping:\n' });
    const { code, err } = await run('site.yml', '-i', 'hosts', '-l', 'wroker1');
    expect(err).toMatch(/wroker1/);
    expect(err).toMatch(/did you mean `worker1`/);
    expect(code).toBe(5);
  });

  it('several at once, each with its place', async () => {
    project({
      hosts: local,
      'site.yml':
        '- hosts: all\n  tasks:\n    - copyy: {dest: /x, content: y}\n    - file: {path: /x, stat: touch}\n    - debug: {msg: "{{ 1 + }}"}\n      whn: true\n    - command: /bin/true\n      notify: restrat\n  handlers:\n    - name: restart\n      command: /bin/true\n',
    });
    const { code, err } = await run('site.yml', '-i', 'hosts');
    for (const word of ['site.yml:3:', 'copyy', 'site.yml:4:', 'stat', 'site.yml:5:', 'site.yml:6:', 'whn', 'restrat'])
      expect(err).toContain(word);
    expect(code).toBe(5);
  });
});

describe('mistakes that only a run can find', () => {
  it('a template error at run time, with its place in the template', async () => {
    project({
      hosts: local,
      'templates/x.j2': 'first\n{{ settings.nmae }}\n',
      'site.yml':
        '- hosts: all\n  gather_facts: no\n  vars:\n    settings: {name: a}\n  tasks:\n    - template: {src: x.j2, dest: x.out}\n',
    });
    const { code, out } = await run('site.yml', '-i', 'hosts');
    expect(out).toContain('x.j2:2:');
    expect(out).toMatch(/nmae/);
    expect(code).toBe(2);
  });
});

const why = await whyNoLab();
describe.skipIf(why !== undefined)('mistakes and faults of hosts', () => {
  let lab: TestLab;
  beforeAll(async () => {
    lab = await TestLab.up('mistakes');
  });
  afterAll(async () => await lab?.down());
  const play = '- hosts: all\n  gather_facts: no\n  tasks:\n    - copy: {dest: /root/x, content: "hello\\n"}\n';
  const host = (name: string, more: string): string =>
    `${name} ansible_host=${lab.address(name)} ansible_ssh_common_args='-o UserKnownHostsFile=${lab.lab.ssh.knownHosts}' ${more}\n`;

  it('a wrong key', async () => {
    project({ 'site.yml': play, hosts: host('node1', `ansible_user=root ansible_ssh_private_key_file=${folder}/key`) });
    const made = await import('./rig.js').then(rig =>
      rig.runProgram(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]),
    );
    expect(made.code).toBe(0);
    const { code, out } = await lab.ringmaster(['run', 'site.yml', '-i', 'hosts'], { cwd: folder });
    expect(out).toContain('unreachable[auth]');
    expect(out).toMatch(/publickey/);
    expect(code).toBe(4);
  });

  it('a host that is down, beside one that is up', async () => {
    const key = `ansible_user=root ansible_ssh_private_key_file=${lab.lab.ssh.privateKey}`;
    project({ 'site.yml': play, hosts: host('node1', key) + host('node2', `${key} ansible_port=2`) });
    const { code, out } = await lab.ringmaster(['run', 'site.yml', '-i', 'hosts'], { cwd: folder });
    expect(out).toContain('unreachable[refused]');
    expect(out).toMatch(/node1 +: ok=1 +changed=1/);
    expect(out).toMatch(/node2 +: ok=0 +changed=0 +unreachable=1/);
    expect(code).toBe(4);
  });

  it('an unknown host key, with the fingerprint and the way to add it', async () => {
    project({
      'site.yml': play,
      known: '',
      hosts: `node1 ansible_host=${lab.address('node1')} ansible_user=root ansible_ssh_private_key_file=${lab.lab.ssh.privateKey} ansible_ssh_common_args='-o UserKnownHostsFile=${folder}/known'\n`,
    });
    const { code, out } = await lab.ringmaster(['run', 'site.yml', '-i', 'hosts'], { cwd: folder });
    expect(out).toContain('unreachable[hostkey-unknown]');
    expect(out).toMatch(/SHA256:/);
    expect(code).toBe(4);
  });

  it('a sudo password that is missing, and one that is wrong', async () => {
    project({
      'site.yml': play,
      hosts: host(
        'node1',
        `ansible_user=limited ansible_become=yes ansible_ssh_private_key_file=${lab.lab.ssh.privateKey}`,
      ),
    });
    const none = await lab.ringmaster(['run', 'site.yml', '-i', 'hosts'], { cwd: folder });
    expect(none.out).toContain('become[password-needed]');
    expect(none.code).toBe(2);
    const wrong = await lab.ringmaster(['run', 'site.yml', '-i', 'hosts', '-K'], {
      cwd: folder,
      input: 'not-the-password\n',
    });
    expect(wrong.out).toContain('become[password-wrong]');
    expect(wrong.out).not.toContain('not-the-password');
    expect(wrong.code).toBe(2);
    const right = await lab.ringmaster(['run', 'site.yml', '-i', 'hosts', '-K'], {
      cwd: folder,
      input: 'only-in-the-lab\n',
    });
    expect(right.code, right.out).toBe(0);
  });

  it('a full disk: the old file stays, nothing is left behind', async () => {
    await lab.on(
      'node1',
      'mkdir -p /mnt/small && mount -t tmpfs -o size=64k tmpfs /mnt/small && echo old >/mnt/small/file',
    );
    const key = `ansible_user=root ansible_ssh_private_key_file=${lab.lab.ssh.privateKey}`;
    project({
      hosts: host('node1', key),
      big: 'x'.repeat(200_000),
      'site.yml': '- hosts: all\n  gather_facts: no\n  tasks:\n    - copy: {dest: /mnt/small/file, src: big}\n',
    });
    const { code, out } = await lab.ringmaster(['run', 'site.yml', '-i', 'hosts'], { cwd: folder });
    expect(out).toMatch(/\/mnt\/small/);
    expect(out).toMatch(/space|full/i);
    expect(code).toBe(2);
    expect((await lab.on('node1', 'cat /mnt/small/file; ls -A /mnt/small')).out).toBe('old\nfile\n');
  });
});
