import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import blockinfile from '../../src/modules/blockinfile.js';
import { type Recorded, replayed } from './recorded.js';
import { GROUNDS, HOSTILE, scenes } from './rig.js';

/** Runs of ansible-core's own module, drawn at random. Left out: it fails where a block shall be absent from no file. */
const recorded: readonly Recorded[] = JSON.parse(
  readFileSync(new URL('recorded/blockinfile.json', import.meta.url), 'utf8'),
);

describe('blockinfile does what Ansible does', () => {
  it.each(recorded)('$args with $before', run => {
    const { before: _before, args: _args, ...came } = run;
    expect(replayed(blockinfile, run)).toMatchObject(came);
  });
});

describe.each(GROUNDS)('blockinfile on %s', (_name, ground) => {
  const given = scenes(ground);
  const marked = (text: string) => `# BEGIN ANSIBLE MANAGED BLOCK\n${text}# END ANSIBLE MANAGED BLOCK\n`;

  it('puts a block in, changes and removes it', () => {
    const scene = given({ f: 'a\n' });
    scene
      .task(blockinfile, { path: '@/f', block: 'x\ny' })
      .changes('@/f')
      .text('f', `a\n${marked('x\ny\n')}`)
      .result({ msg: 'Block inserted' });
    scene
      .task(blockinfile, { path: '@/f', content: 'z\n', backup: true })
      .changes('@/f')
      .text('f', `a\n${marked('z\n')}`);
    scene
      .task(blockinfile, { path: '@/f', state: 'absent' })
      .changes('@/f')
      .text('f', 'a\n')
      .result({ msg: 'Block removed' });
    given().task(blockinfile, { path: '@/n', block: 'x', create: true }).changes('@/n').result({ msg: 'File created' });
    given()
      .task(blockinfile, { path: '@/n', block: 'x' })
      .blocked(/does not exist/);
    given().task(blockinfile, { path: '@/n', state: 'absent' }).ok();
  });

  it.each(HOSTILE)('takes the block and the marker %j byte for byte', name => {
    const line = name.replaceAll('\n', ' ');
    given({ f: '' })
      .task(blockinfile, { path: '@/f', block: line, marker: `{mark} ${line}` })
      .changes('@/f')
      .text('f', `BEGIN ${line}\n${line}\nEND ${line}\n`);
  });
});
