import { describe, expect, it } from 'vitest';
import { debianOnly, parseList, parseSources, sourcesText } from '../../src/lab/apt-sources.js';

const fields = (stanzas: readonly ReadonlyMap<string, string>[]) => stanzas.map(stanza => Object.fromEntries(stanza));

describe('parseList', () => {
  it('reads a line with options, comments and blanks', () => {
    const text =
      '# a comment\n\n deb [arch=amd64,i386 signed-by=/k.gpg] http://mirror/debian  bookworm main contrib # why\ndeb-src http://m x main\n';
    expect(fields(parseList(text))).toEqual([
      {
        Types: 'deb',
        URIs: 'http://mirror/debian',
        Suites: 'bookworm',
        Components: 'main contrib',
        Architectures: 'amd64 i386',
        'Signed-By': '/k.gpg',
      },
    ]);
  });
});

describe('parseSources', () => {
  it('reads stanzas with comments inside, keys written in full, and leaves out disabled ones and sources', () => {
    const text = `Types: deb deb-src
# a comment in the middle
URIs: http://mirror/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQ

Types: deb
URIs: http://off/debian
Suites: bookworm
Components: main
Enabled: no

Types: deb-src
URIs: http://source/debian
Suites: bookworm
Components: main
`;
    expect(fields(parseSources(text))).toEqual([
      {
        Types: 'deb deb-src',
        URIs: 'http://mirror/debian',
        Suites: 'bookworm bookworm-updates',
        Components: 'main',
        'Signed-By': '\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQ',
      },
    ]);
  });
  it('comes back from its own text', () => {
    const text = 'Types: deb\nURIs: http://a/b\nSuites: bookworm\nComponents: main\nSigned-By:\n BEGIN\n END\n';
    expect(fields(parseSources(sourcesText(parseSources(text))))).toEqual(fields(parseSources(text)));
  });
});

describe('debianOnly', () => {
  const list = (text: string) =>
    debianOnly(parseList(text), 'bookworm').map(stanza => `${stanza.get('URIs')} ${stanza.get('Suites')}`);
  it.each([
    [
      'updates and security',
      'deb http://m/d bookworm main\ndeb http://m/d bookworm-updates main\ndeb http://m/s bookworm-security main',
      ['http://m/d bookworm', 'http://m/d bookworm-updates', 'http://m/s bookworm-security'],
    ],
    [
      'no third party of another suite',
      'deb http://m/d bookworm main\ndeb http://x/n nodistro main\ndeb http://x/p bookworm-pgdg main',
      ['http://m/d bookworm'],
    ],
    [
      'no third party without main',
      'deb http://m/d bookworm main\ndeb http://x/d bookworm stable',
      ['http://m/d bookworm'],
    ],
    [
      'no third party by its key',
      'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://m/d bookworm main\ndeb [signed-by=/etc/apt/keyrings/x.gpg] http://x/d bookworm main',
      ['http://m/d bookworm'],
    ],
    [
      'a mirror with its own key, if it is the only one',
      'deb [signed-by=/etc/apt/keyrings/ours.gpg] http://m/d bookworm main',
      ['http://m/d bookworm'],
    ],
    ['nothing else', 'deb http://m/d trixie main', []],
  ])('takes %s', (_, text, wanted) => expect(list(text)).toEqual(wanted));

  it('turns a newer machine’s own suites to the lab’s release', () => {
    const found = debianOnly(
      parseSources('Types: deb\nURIs: http://m/d\nSuites: trixie trixie-updates\nComponents: main non-free\n'),
      'trixie',
    );
    expect(fields(found)).toEqual([
      { Types: 'deb', URIs: 'http://m/d', Suites: 'bookworm bookworm-updates', Components: 'main' },
    ]);
  });
});
