import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controller } from '../../src/lab/reach.js';
import { HOME, read, recap, runProgram, TestLab, whyNoLab } from './rig.js';

const why = await whyNoLab();

/** The fenced block of the README that follows a sentence. */
function block(after: string): string {
  const readme = read(join(HOME, 'README.md'));
  const from = readme.indexOf(after);
  if (from < 0) throw new Error(`the README does not say: ${after}`);
  const found = /```\w*\n([\s\S]*?)```/.exec(readme.slice(from));
  return found![1]!;
}

/** Follows the README, and nothing else, in a copy of the checkout. */
describe.skipIf(why !== undefined)('a newcomer with the README alone', () => {
  let lab: TestLab;
  let folder: string;
  const ringmaster = (...args: readonly string[]) =>
    runProgram(controller(lab.lab, [process.execPath, `${folder}/dist/main.js`, ...args]), { cwd: folder });

  beforeAll(async () => {
    lab = await TestLab.up('newcomer');
    folder = mkdtempSync(join(tmpdir(), 'newcomer-'));
    for (const name of ['src', 'roles', 'playbooks', 'package.json'])
      cpSync(join(HOME, name), join(folder, name), { recursive: true });
    symlinkSync(join(HOME, 'node_modules'), join(folder, 'node_modules'));
  });
  afterAll(async () => {
    await lab?.down();
    if (folder) rmSync(folder, { recursive: true });
  });

  it('adds a module: one file of at most 60 lines, and its line in the registry', async () => {
    const module = block('One file and one line.');
    expect(module.split('\n').length).toBeLessThanOrEqual(60);
    writeFileSync(join(folder, 'src/modules/motd.ts'), module);
    const index = join(folder, 'src/modules/index.ts');
    const text = readFileSync(index, 'utf8');
    writeFileSync(
      index,
      text
        .replace("import ping from './ping.js';", "import motd from './motd.js';\nimport ping from './ping.js';")
        .replace('  ping,\n', '  motd,\n  ping,\n'),
    );
    const built = await runProgram(['npm', 'run', '-s', 'build'], { cwd: folder });
    expect(built.code, built.err).toBe(0);
    const doc = await ringmaster('doc', 'motd');
    expect(doc.out).toContain('Sets the message of the day.');
    expect(doc.out).toContain('without its line end');
    expect((await ringmaster('doc')).out).toMatch(/^ +motd +Sets the message of the day\.$/m);
  });

  it('adds a role: a folder', async () => {
    mkdirSync(join(folder, 'roles/hello/tasks'), { recursive: true });
    mkdirSync(join(folder, 'roles/hello/defaults'), { recursive: true });
    writeFileSync(join(folder, 'roles/hello/tasks/main.yml'), block('`roles/hello/tasks/main.yml`'));
    writeFileSync(join(folder, 'roles/hello/defaults/main.yml'), block('and `roles/hello/defaults/main.yml`'));
    writeFileSync(join(folder, 'roles/hello/README.md'), '# hello\n\nGreets whoever logs in.\n');
    expect((await ringmaster('doc')).out).toMatch(/^ +hello +Greets whoever logs in\.$/m);
  });

  it('runs both, in check mode and for real', async () => {
    writeFileSync(
      join(folder, 'mine.yml'),
      '- {hosts: node1, roles: [hello]}\n- {hosts: node2, tasks: [{motd: {text: "it\'s $HOME"}}]}\n',
    );
    const check = await ringmaster('run', 'mine.yml', '-i', lab.inventory, '--check', '--diff');
    expect(check.code, check.out + check.err).toBe(0);
    expect(recap(check.out, 'node1')).toMatchObject({ changed: 1 });
    expect(recap(check.out, 'node2')).toMatchObject({ changed: 1 });
    expect((await lab.on('node2', 'cat /etc/motd')).out).not.toContain('HOME');
    const first = await ringmaster('run', 'mine.yml', '-i', lab.inventory);
    expect(first.code, first.out + first.err).toBe(0);
    expect((await lab.on('node1', 'cat /etc/motd')).out).toBe('Welcome to node1, stranger\n');
    expect((await lab.on('node2', 'cat /etc/motd')).out).toBe("it's $HOME\n");
    const second = await ringmaster('run', 'mine.yml', '-i', lab.inventory);
    for (const host of ['node1', 'node2']) expect(recap(second.out, host)).toMatchObject({ changed: 0, failed: 0 });
  });
});
