import * as z from 'zod';
import { blobOf } from '../core/blob.js';
import { encode } from '../core/bytes.js';
import { blocked, type Plan } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { bool, choice, path, str } from '../core/params.js';
import { sh } from '../core/sh.js';
import { renamed } from './args.js';
import { writeFile } from './atomic.js';
import { editProbe, type Page } from './edit.js';
import { EDIT_CAP } from './looks/content.js';
import { parentWord, tidy, word } from './looks/word.js';
import { obstacle } from './put.js';
import { fingerprintsFor, knownEdited, knownGiven } from './ssh/known.js';

const schema = renamed(
  { host: 'name' },
  z
    .strictObject({
      name: str()
        .transform(text => text.trim().toLowerCase())
        .pipe(z.string().regex(/^[^\s,|#@][^\s,|]*$/, 'one name or address, with a port as [name]:port'))
        .describe('The host, as ssh will be asked for it; `[name]:2222` for another port.'),
      key: str()
        .optional()
        .describe('Its keys, one a line: names separated by commas, type, key. To remove all, none.'),
      path: path().default('~/.ssh/known_hosts').describe('The file.'),
      state: choice('present', 'absent').default('present').describe('Whether the host is known by these keys.'),
      hash_host: bool().default(false).describe('Write names hashed, so that the file does not tell them.'),
    })
    .superRefine(({ name, key, state }, issues) => {
      if (key === undefined || key.trim() === '') {
        if (state === 'present')
          issues.addIssue({ code: 'custom', path: ['key'], message: 'key is required with state: present' });
        return;
      }
      const given = knownGiven(key, name);
      if ('wrong' in given) issues.addIssue({ code: 'custom', path: ['key'], message: given.wrong });
    }),
);
type Args = z.infer<typeof schema>;

const editOf = (args: Args) => ({ path: args.path, backup: false, unsafe_writes: false });

function wishOf({ name, key, state, hash_host }: Args) {
  if (key === undefined || key.trim() === '') return { name, keys: [], state, hash: hash_host };
  // One character a byte, as the file is read.
  const given = knownGiven(encode(key).toString('latin1'), name);
  if ('wrong' in given) throw new Error(`unchecked key: ${given.wrong}`);
  return { name, keys: given.keys, state, hash: hash_host };
}

function plan(args: Args, page: Page): Plan {
  const why = obstacle(args.path, page);
  if (why !== undefined) return blocked(why);
  if (page.large) return blocked(`${args.path} is larger than ${EDIT_CAP} bytes`);
  const wish = wishOf(args);
  const before = page.text ?? '';
  const after = knownEdited(before, wish);
  if (after === before) return [];
  const names = [...new Set([wish.name, ...wish.keys.flatMap(key => key.hosts.filter(host => !/[*?!|]/.test(host)))])];
  const file = tidy(args.path);
  const write = writeFile({ path: file, content: blobOf(Buffer.from(after, 'latin1')), link: 'through' });
  return [
    {
      what: args.path,
      before: page.text === undefined ? null : fingerprintsFor(before, names),
      after: fingerprintsFor(after, names),
      ...write,
      apply:
        page.gone === 'no-parent'
          ? sh`p=${word(file)}\n${parentWord}\n[ -d "$d" ] || rm_dirs "$d" 00700 || exit 1\n${write.apply}`
          : write.apply,
    },
  ];
}

/**
 * By which keys ssh knows a host. Another key of the same type is replaced; the diff shows both fingerprints, so that one
 * sees it. Nothing is asked of the network: the key must come from where it is known to be right.
 */
export default defineModule<Args, Page>({
  name: 'known_hosts',
  summary: 'Puts the keys of a host into a known_hosts file, or takes them out.',
  example: `- known_hosts:
    name: node1.example.org
    key: node1.example.org,192.0.2.11 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtQLcHcPQ8Gsi3kBfKvBT4fVvCH1o4vVHdGgp2x0XBN
    path: /etc/ssh/ssh_known_hosts`,
  args: schema,
  probe: args => editProbe(editOf(args)),
  plan,
  result: args => ({
    name: args.name,
    key: args.key ?? null,
    path: args.path,
    state: args.state,
    hash_host: args.hash_host,
  }),
});
