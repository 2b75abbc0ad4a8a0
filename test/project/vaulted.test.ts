import { describe, expect, it } from 'vitest';
import { RenderError } from '../../src/core/value.js';
import { registry as modules } from '../../src/modules/index.js';
import { bad, good, load, playOf, write } from './scene.js';

const VAULTED = '$ANSIBLE_VAULT;1.1;AES256\n6162\n';
const files = { 'files/s.txt': VAULTED, 'files/dir/a': 'a', 'files/dir/s.txt': VAULTED, 'templates/t.j2': VAULTED };
const SAID =
  'is encrypted with ansible-vault, and there is no vault password: encrypted files are not supported here yet';

describe('a file that ansible-vault encrypted', () => {
  it.each([
    ['copy', '- copy: { src: s.txt, dest: /a }', 'files/s.txt'],
    ['script', '- script: s.txt', 'files/s.txt'],
    ['template', '- template: { src: t.j2, dest: /a }', 'templates/t.j2'],
    ['include_vars', '- include_vars: s.txt', 'vars/s.txt'],
    ['include_tasks', '- include_tasks: s.yml', 's.yml'],
  ])('is refused before the run: %s', async (_what, task, name) => {
    const [mistake, ...others] = await bad(playOf(task, { ...files, 'vars/s.txt': VAULTED, 's.yml': VAULTED }), {
      modules,
    });
    expect(mistake).toContain(`${name} ${SAID}`);
    expect(mistake).toMatch(/^site\.yml:\d+:\d+ /);
    expect(others).toEqual([]);
  });

  it('is refused as a file of variables', async () => {
    expect(await bad(playOf('- ping:', { hosts: 'h', 'group_vars/all.yml': VAULTED }))).toEqual([
      expect.stringContaining(`group_vars/all.yml ${SAID}`),
    ]);
  });

  it.each(['files/s.txt', 'files/dir'])('is not handed out for its content: %s', async src => {
    const folder = write({ ...files, 'site.yml': '- hosts: localhost\n' });
    const project = await good({ 'site.yml': '- hosts: localhost\n' });
    const found = project.loader.files({ here: folder, playbook: folder });
    await expect(found.resolve({ kind: 'file', path: src })).rejects.toThrow(RenderError);
    await expect(found.resolve({ kind: 'file', path: src })).rejects.toThrow(`s.txt ${SAID}`);
    expect(await found.resolve({ kind: 'file', path: src, decrypt: false })).toBeDefined();
    expect(() => found.read(`${folder}/files/s.txt`)).toThrow(SAID);
  });

  it('is copied as it is where the task says so', async () => {
    const result = await load(playOf('- copy: { src: s.txt, dest: /a, decrypt: false }', files), { modules });
    expect(result.ok).toBe(true);
  });
});
