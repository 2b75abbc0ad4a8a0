import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isBlocked } from '../../src/core/change.js';
import { Unknown } from '../../src/core/value.js';
import make from '../../src/modules/make.js';
import { argsOf, type Seen, SHELLS, task, whats } from './doing.js';
import { scratch } from './rig.js';

const MAKEFILE = `WHO ?= nobody
out: in
	@echo making for $(WHO)
	@cp in out
sub:
	$(MAKE) out
fails:
	@echo oops >&2; exit 3
.PHONY: sub fails
`;
function project(): string {
  const dir = scratch();
  writeFileSync(join(dir, 'Makefile'), MAKEFILE);
  writeFileSync(join(dir, 'in'), 'x');
  return dir;
}
const whyOf = (seen: Seen) => (isBlocked(seen.plan) ? seen.plan.blocked : undefined);

describe.each(SHELLS.map(shell => [shell.join(' '), shell] as const))('under %s', (_, shell) => {
  it('makes what is not up to date, once', () => {
    const chdir = project();
    const seen = task(make, { chdir, params: { WHO: 'a "b" $$x' }, jobs: 2 }, { shell });
    expect(whats(seen.plan)).toEqual(['make -j2 WHO=a "b" $$x']);
    expect(seen.plan).toMatchObject([{ after: expect.any(Unknown) }]);
    expect(seen.result).toMatchObject({
      chdir,
      stdout: 'making for a b',
      stderr: '',
      jobs: 2,
      params: { WHO: 'a "b" $$x' },
    });
    expect(readFileSync(join(chdir, 'out'), 'utf8')).toBe('x');
    expect(seen.again).toEqual([]);
  });

  it('fails as make does', () => {
    const seen = task(make, { chdir: project(), target: 'fails' }, { shell });
    expect(seen.status).toBe(2);
    expect(seen.outputs[0]!.stderr).toMatch(/^oops\n/);
  });
});

describe('what cannot be', () => {
  it('a target nobody knows', () => {
    expect(whyOf(task(make, { chdir: project(), target: 'nosuch' }))).toMatch(/No rule to make target 'nosuch'/);
  });
  it('a directory without a makefile', () => {
    expect(whyOf(task(make, { chdir: scratch() }))).toMatch(/No targets/);
  });
  it('no directory: foreseen', () => {
    expect(task(make, { chdir: '/no/such' }).plan).toMatchObject({
      blocked: 'the directory /no/such does not exist',
      foreseen: [{ what: 'make' }],
    });
  });
  it('no make', () => {
    const seen = task(make, { chdir: project() }, { env: { PATH: '/nonexistent' }, shell: ['/bin/dash'] });
    expect(whyOf(seen)).toBe('make is not installed');
  });
  it.each([
    { target: '-f' },
    { target: 'a b' },
    { target: 'SHELL=x' },
    { params: { '-x': '1' } },
    { target: 'a', targets: ['b'] },
  ])('%j', args => {
    expect(() => argsOf(make, { chdir: '/', ...args })).toThrow();
  });
});

describe('ways', () => {
  it('several targets, another makefile', () => {
    const chdir = project();
    writeFileSync(join(chdir, 'other.mk'), 'a b:\n\ttouch $@\n');
    const seen = task(make, { chdir, file: 'other.mk', targets: ['a', 'b'] });
    expect(whats(seen.plan)).toEqual(['make -f other.mk a b']);
    expect(seen.again).toEqual([]);
  });
  it('make within make is run in any case', () => {
    expect(whats(task(make, { chdir: project(), target: 'sub' }).plan)).toEqual(['make sub']);
  });
  it('a name without a value', () => {
    const chdir = project();
    expect(whats(task(make, { chdir, params: { out: null } }).plan)).toEqual(['make out']);
  });
});
