import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modeOf } from '../../src/modules/mode.js';
import { scratch } from './rig.js';

const file = { found: 0o644, isDirectory: false, umask: 0o022 };

describe('an octal mode', () => {
  it.each([
    ['0644', 0o644],
    ['644', 0o644],
    ['0o755', 0o755],
    ['2755', 0o2755],
    ['0', 0],
    ['00', 0],
  ])('%s', (text, bits) => expect(modeOf(text, file)).toBe(bits));
});

/** chmod itself is the judge, but for s and t of directories under `=`, where it is not Ansible's. */
describe('a symbolic mode is what chmod makes of it', () => {
  const modes =
    'u=rw,g=r,o=|u+x|a+X|+x|-x|=r|go-rwx|u=rwX,go=rX|g=u|o=g,g-w|u+s|g+s|+t|u=rwx,g=rx,o=|a=|ug+w,o-r|u+r-w+x|o+t|u=g,g=o'.split(
      '|',
    );
  const root = scratch();
  for (const kind of ['file', 'directory'] as const)
    it.each(modes)(`%s on a ${kind}`, mode => {
      for (const found of [0o644, 0o600, 0o755, 0o4711, 0]) {
        const path = join(root, `${kind}${found}`);
        if (kind === 'file') writeFileSync(path, '');
        else mkdirSync(path, { recursive: true });
        chmodSync(path, found);
        execFileSync('sh', ['-c', 'umask 027; chmod -- "$1" "$2"', 'x', mode, path]);
        const wanted = statSync(path).mode & 0o7777;
        const ours = modeOf(mode, { found, isDirectory: kind === 'directory', umask: 0o027 });
        const mask = kind === 'directory' ? 0o777 : 0o7777;
        expect((ours & mask).toString(8)).toBe((wanted & mask).toString(8));
        chmodSync(path, 0o700);
      }
    });
});
