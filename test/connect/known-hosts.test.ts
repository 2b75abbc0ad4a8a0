import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  addKnownHost,
  fingerprint,
  isAbout,
  judge,
  KnownHosts,
  lineFor,
  nameFor,
  parseKnownHosts,
  readKnownHosts,
} from '../../src/connect/known-hosts.js';

const dir = mkdtempSync(join(tmpdir(), 'rmtest-'));
afterAll(() => rmSync(dir, { recursive: true }));

const newKey = (name: string, type = 'ed25519'): string => {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', join(dir, name)]);
  return readFileSync(join(dir, `${name}.pub`), 'utf8')
    .split(' ')
    .slice(0, 2)
    .join(' ');
};
const [one, two, rsa] = [newKey('one'), newKey('two'), newKey('rsa', 'rsa')];
const blob = (key: string) => Buffer.from(key.split(' ')[1]!, 'base64');

const file = join(dir, 'known_hosts');
writeFileSync(
  file,
  `# a comment
plain.example ${one}
two.example,2.example ${one} and a comment
[ported.example]:2222 ${one}
*.glob.example,!not.glob.example,10.0.0.? ${one}
  	indented.example	${one}
UPPER.example ${one}
@revoked revoked.example ${one}
@cert-authority *.ca.example ${one}
broken.example ssh-ed25519 AAAA
mistyped.example ssh-rsa ${one.split(' ')[1]}
@unknown marked.example ${one}
lonely.example
1024 35 1234567 old.example
hashed.example ${one}
[hashed.example]:2222 ${two}
`,
);
// ssh-keygen hashes the whole file; only the last two lines are wanted so.
const hashed = join(dir, 'hashed');
writeFileSync(hashed, readFileSync(file, 'utf8').split('\n').slice(-3).join('\n'));
execFileSync('ssh-keygen', ['-H', '-f', hashed], { stdio: 'pipe' });
writeFileSync(
  file,
  `${readFileSync(file, 'utf8').split('\n').slice(0, -3).join('\n')}\n${readFileSync(hashed, 'utf8')}`,
);
const hosts = readKnownHosts([file]);

describe('known_hosts', () => {
  it('was hashed for this test', () => {
    expect(readFileSync(file, 'utf8').match(/^\|1\|/gm)).toHaveLength(2);
  });

  it.each([
    'plain.example',
    'PLAIN.example',
    'two.example',
    '2.example',
    '3.example',
    'ported.example',
    '[ported.example]:2222',
    '[ported.example]:2223',
    'a.glob.example',
    'not.glob.example',
    '10.0.0.7',
    '10.0.0.77',
    'indented.example',
    'upper.example',
    'revoked.example',
    'a.ca.example',
    'marked.example',
    'lonely.example',
    'old.example',
    'hashed.example',
    '[hashed.example]:2222',
    '[hashed.example]:2223',
  ])('finds for %s the lines that ssh-keygen -F finds', name => {
    let said = '';
    try {
      said = execFileSync('ssh-keygen', ['-F', name.toLowerCase(), '-f', file], { encoding: 'utf8', stdio: 'pipe' });
    } catch {
      // Found none.
    }
    const lines = [...said.matchAll(/found: line (\d+)/g)].map(([, line]) => Number(line));
    expect(hosts.filter(host => isAbout(host, name.toLowerCase())).map(({ line }) => line)).toEqual(lines);
  });

  it('passes over what is no key', () => {
    const names = hosts.map(host => host.names);
    for (const name of ['broken', 'mistyped', 'marked', 'lonely', 'old'])
      expect(names).not.toContain(`${name}.example`);
    expect(parseKnownHosts('a ssh-ed25519 !!!\n\n#\n', 'f')).toEqual([]);
  });

  it.each([
    ['plain.example', one, 'known'],
    ['plain.example', two, 'changed'],
    ['plain.example', rsa, 'changed'],
    ['nobody.example', one, 'unknown'],
    ['not.glob.example', one, 'unknown'],
    ['revoked.example', one, 'revoked'],
    ['revoked.example', two, 'unknown'],
    ['a.ca.example', one, 'unknown'],
    ['hashed.example', one, 'known'],
    ['[hashed.example]:2222', one, 'changed'],
  ])('judges %s', (name, key, kind) => {
    expect(judge(hosts, name, blob(key)).kind).toBe(kind);
  });

  it('names the authority it cannot use, and the line that revokes', () => {
    expect(judge(hosts, 'a.ca.example', blob(two))).toMatchObject({ authorities: [{ line: 9 }] });
    expect(judge(hosts, 'revoked.example', blob(one))).toMatchObject({ by: { line: 8, file } });
  });

  it('prints fingerprints as ssh-keygen does', () => {
    const said = execFileSync('ssh-keygen', ['-lf', join(dir, 'rsa.pub')], { encoding: 'utf8' });
    expect(said).toContain(fingerprint(blob(rsa)));
    expect(fingerprint(rsa.split(' ')[1]!)).toBe(fingerprint(blob(rsa)));
  });

  it('takes a missing file for empty, and throws at one it cannot read', () => {
    expect(readKnownHosts([join(dir, 'missing')])).toEqual([]);
    expect(() => readKnownHosts([dir])).toThrow('EISDIR');
  });

  it('adds whole lines, also behind one without an end', () => {
    const grown = join(dir, 'new', 'known_hosts');
    addKnownHost(grown, nameFor('A.example', 22), blob(one));
    writeFileSync(grown, readFileSync(grown, 'utf8').trimEnd());
    addKnownHost(grown, nameFor('b.example', 2222), blob(rsa));
    expect(readFileSync(grown, 'utf8')).toBe(`a.example ${one}\n[b.example]:2222 ${rsa}\n`);
    expect(lineFor('x', blob(two))).toBe(`x ${two}`);
  });
});

describe('files for many hosts', () => {
  const names = hosts.flatMap(host => (host.names.startsWith('|') ? [] : host.names.split(',')));
  const asked = [
    'hashed.example',
    '[hashed.example]:2222',
    'a.glob.example',
    'not.glob.example',
    '10.0.0.7',
    'x.ca.example',
  ];

  it.each([...names.map(name => name.toLowerCase()), ...asked, 'nobody.example'])(
    'tell of %s what each line tells',
    name => {
      expect(new KnownHosts().about([file, hashed], [name])).toEqual(
        [...hosts, ...readKnownHosts([hashed])].filter(host => isAbout(host, name)),
      );
    },
  );

  it('names a line once, though both names fit, in the order of lines', () => {
    const both = join(dir, 'both');
    writeFileSync(both, `*.b ${one}\nx.b,[x.b]:22 ${two}\n`);
    expect(new KnownHosts().about([both], ['[x.b]:22', 'x.b']).map(({ line }) => line)).toEqual([1, 2]);
  });

  it('are read again when they changed, came or went', () => {
    const changing = join(dir, 'changing');
    const known = new KnownHosts();
    const lines = () => known.about([changing], ['a.example', 'b.example']).map(({ names }) => names);
    expect(lines()).toEqual([]);
    addKnownHost(changing, 'a.example', blob(one));
    expect(lines()).toEqual(['a.example']);
    addKnownHost(changing, 'b.example', blob(two));
    expect(lines()).toEqual(['a.example', 'b.example']);
    writeFileSync(changing, `@revoked b.example ${two}\n`);
    expect(known.about([changing], ['b.example'])).toMatchObject([{ marker: 'revoked' }]);
    rmSync(changing);
    expect(lines()).toEqual([]);
    expect(() => known.about([dir], ['a.example'])).toThrow('EISDIR');
  });
});
