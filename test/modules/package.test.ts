import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isBlocked } from '../../src/core/change.js';
import pkg from '../../src/modules/package.js';
import { argsOf, SHELLS, task, whats } from './doing.js';

const dir = mkdtempSync(join(tmpdir(), 'ringmaster-package-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** A stand-in for a package manager: it keeps the names of what is installed in a file, under the options of the real one. */
function standIn(tool: string): { readonly PATH: string } {
  const bin = mkdtempSync(join(dir, `${tool}-`));
  const put = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\nbook=${bin}/book\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  const last = 'for name; do :; done; echo "$0 $*" >>"$book.log"';
  put('rpm', `${last}; grep -qx -- "$name" "$book"`);
  put(
    tool,
    `${last}
case "$*" in
'info -e '*|'-Q '*) grep -qx -- "$name" "$book" ;;
'-q check-update '*) exit 100 ;;
'version '*) echo "$name" ;;
'-Qu '*) exit 0 ;;
*'install '*|'add '*|'-S '*) echo "$name" >>"$book" ;;
*'remove '*|'del '*|'-R '*) grep -vx -- "$name" "$book" >"$book.new"; mv "$book.new" "$book" ;;
*) exit 9 ;;
esac`,
  );
  writeFileSync(join(bin, 'book'), 'old\n');
  for (const word of ['grep', 'mv', 'cat', 'sed', 'mktemp', 'sleep', 'rm']) put(word, `exec /bin/busybox ${word} "$@"`);
  return { PATH: bin };
}

describe.each(['dnf', 'yum', 'apk', 'pacman'])('%s, by a stand-in', tool => {
  // busybox has an `rpm` of its own, which it prefers; no system of dnf has busybox for its shell.
  const shells = tool === 'dnf' || tool === 'yum' ? SHELLS.filter(([first]) => first !== 'busybox') : SHELLS;
  it.each(shells)('installs and removes, under %s %s', (...shell) => {
    const env = standIn(tool);
    const on = { env, shell: [`/bin/${shell[0]}`, ...shell.slice(1)] };
    const seen = task(pkg, { name: ['old', 'new'] }, on);
    expect(whats(seen.plan)).toEqual(['install new']);
    expect(seen.status).toBe(0);
    expect(seen.again).toEqual([]);
    expect(readFileSync(join(env.PATH, 'book'), 'utf8')).toBe('old\nnew\n');
    expect(task(pkg, { name: 'old', state: 'absent' }, on).again).toEqual([]);
    expect(task(pkg, { name: 'never', state: 'absent' }, on).plan).toEqual([]);
    expect(whats(task(pkg, { name: 'new', state: 'latest' }, on).plan)).toEqual(['install new']);
  });
});

describe('package', () => {
  it('is apt where there is dpkg', () => {
    expect(task(pkg, { name: 'dash' }).plan).toEqual([]);
    expect(task(pkg, { name: ['dash', 'bash'], state: 'present', update_cache: true }).plan).toEqual([]);
  });
  it('says which package managers it knows where there is none', () => {
    const { plan } = task(pkg, { name: 'dash' }, { shell: ['/bin/dash'], env: { PATH: '/nonexistent' } });
    expect(isBlocked(plan) && plan.blocked).toMatch(/neither apt-get, dnf, yum/);
  });
  it.each([[{}], [{ name: '' }], [{ name: '-y' }], [{ name: 'a;b' }]])('refuses %j', given =>
    expect(() => argsOf(pkg, given)).toThrow(),
  );
});
