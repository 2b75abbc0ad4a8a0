import * as z from 'zod';
import { blobOf } from '../core/blob.js';
import { decode, encode } from '../core/bytes.js';
import { blocked, type Change, type Plan } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { bool, choice, path, str } from '../core/params.js';
import { lacking, type Output, probe } from '../core/probe.js';
import { join, type Sh, sh } from '../core/sh.js';
import { writeFile } from './atomic.js';
import { attributeChanges, type Sight, settle, sightOf } from './attributes.js';
import { EDIT_CAP, wholeBytes, wholeLook } from './looks/content.js';
import { fieldsOf } from './looks/fields.js';
import { octal, type Status, statusAs, statusLook, statusOf } from './looks/status.js';
import { parentWord, throughLink, tidy, word } from './looks/word.js';
import { obstacle } from './put.js';
import { edited, keysGiven } from './ssh/authorized.js';

const schema = z
  .strictObject({
    user: str()
      .pipe(z.string().regex(/^(?!-)[^\s:/\0]+$/, 'a user name'))
      .describe('Whose keys.'),
    key: str().describe('Public keys, one a line.'),
    state: choice('present', 'absent').default('present').describe('Whether they may log in with these.'),
    exclusive: bool().default(false).describe('These keys and nothing else: all other lines go.'),
    path: path().optional().describe("The file, if not `.ssh/authorized_keys` in the user's home."),
    manage_dir: bool()
      .default(true)
      .describe('Make the directory of the file, and let it be the user’s with mode 0700.'),
    key_options: str()
      .optional()
      .describe('Options before the key, such as `from="192.0.2.1"`, instead of those given with it.'),
    comment: str().optional().describe('Comment behind the key, instead of the one given with it.'),
    follow: bool().default(false).describe('Write what a link leads to.'),
    validate_certs: bool().default(true).describe('For keys from a URL, which are not fetched.'),
  })
  .superRefine(({ key, key_options, comment }, issues) => {
    const wrong = (message: string, at: string) => issues.addIssue({ code: 'custom', message, path: [at] });
    if (/^(?:https?|file):/.test(key.trim()))
      return wrong("keys are not fetched from a URL: give them by lookup('file', …) or lookup('url', …)", 'key');
    const given = keysGiven(key);
    if ('wrong' in given) wrong(given.wrong, 'key');
    for (const [name, text] of [['key_options', key_options] as const, ['comment', comment] as const])
      if (text?.includes('\n')) wrong('one line', name);
  });
type Args = z.infer<typeof schema>;

interface State extends Sight {
  /** Nothing if there is no such user. */
  readonly account?: { readonly uid: string; readonly gid: string; readonly home: string } | undefined;
  readonly hasHome: boolean;
  /** One character a byte. */
  readonly text?: string | undefined;
  readonly large: boolean;
  readonly unreadable: boolean;
  /** Of the directory the file stands in. */
  readonly directory?: Status | undefined;
  readonly directoryIsLink: boolean;
}

/** `$p`: the file. `$r` is the account's line of passwd(5); nothing more is looked at without one. */
const place = (args: Args): Sh => sh`u=${args.user}; r=
if command -v getent >/dev/null; then r=$(getent passwd -- "$u"); case $?$r in 0*:*:*:*:*:*:?*) ;; 2) ;; *) r=; ${lacking('getent')} ;; esac
else while IFS= read -r l; do case $l in "$u":*) r=$l; break;; esac; done </etc/passwd; fi
h=\${r#*:*:*:*:*:}; h=\${h%%:*}
p=${args.path === undefined ? sh`$h/.ssh/authorized_keys` : word(tidy(args.path))}`;

const look = (args: Args): Sh =>
  join(
    [
      place(args),
      sh`if [ -n "$r" ]; then printf 'account %s\\n' "$r"\n[ ! -d "$h" ] || echo home`,
      ...(args.follow ? [throughLink] : []),
      parentWord,
      sh`[ ! -L "$d" ] || echo dirlink
s=; ${statusAs('dir', sh`"$d"`)}`,
      statusLook,
      wholeLook,
      sh`fi`,
    ],
    '\n',
  );

function stateOf({ stdout }: Output): State {
  const fields = fieldsOf(stdout);
  const [, , uid, gid, , home] = fields.get('account')?.split(':') ?? [];
  const account = uid !== undefined && gid !== undefined && home !== undefined ? { uid, gid, home } : undefined;
  const sight = account ? sightOf(fields) : { throughLink: false, umask: 0o022 };
  return {
    ...sight,
    account,
    hasHome: fields.has('home'),
    text: wholeBytes(fields.bytes, sight.status?.size)?.toString('latin1'),
    large: fields.has('large'),
    unreadable: fields.has('unreadable'),
    directory: statusOf(fields.get('dir')),
    directoryIsLink: fields.has('dirlink'),
  };
}

/** Text as bytes, one character each, so that what is not UTF-8 in the file stays as it is; and back, for a reader. */
const bytesIn = (text: string): string => encode(text).toString('latin1');
const shown = (text: string): string => decode(Buffer.from(text, 'latin1'));

/** The keys of the task, with its options and comment. */
function wishOf(args: Args) {
  const given = keysGiven(args.key);
  if ('wrong' in given) throw new Error(`unchecked key: ${given.wrong}`);
  const keys = given.keys.map(key => ({
    ...key,
    options: bytesIn(args.key_options ?? key.options),
    comment: bytesIn(args.comment ?? key.comment),
  }));
  return { keys, state: args.state, exclusive: args.exclusive };
}

const fileOf = (args: Args, home = `~${args.user}`): string => args.path ?? `${home}/.ssh/authorized_keys`;

function plan(args: Args, state: State): Plan {
  const wish = wishOf(args);
  const { account } = state;
  if (!account) {
    if (args.state === 'absent') return [];
    const change: Change = { what: fileOf(args), before: null, after: shown(edited('', wish)), apply: sh`false` };
    return blocked(`there is no user ${args.user}`, [change]);
  }
  const path = fileOf(args, account.home);
  const why = hindrance(args, path, state);
  if (why !== undefined) return blocked(why);
  const before = state.text ?? '';
  const after = edited(before, wish);
  if (after === before && state.status === undefined) return [];
  const ownership = { owner: account.uid, group: account.gid, mode: '0600' };
  // With a path of one's own, who owns the file is the task's author's business as long as nothing is written.
  const isKept = after === before && args.path !== undefined;
  const settled = settle(ownership, state, 'file');
  const attributes = state.status && !isKept ? attributeChanges(settled, state.status, word(tidy(path))) : [];
  const changes: readonly Change[] = [
    ...(isKept ? [] : directory(args, state)),
    ...(after === before ? attributes : [content(args, state, path, after)]),
  ];
  if (!state.hasHome && args.path === undefined)
    return blocked(`the home ${account.home} of ${args.user} does not exist`, changes);
  return changes;
}

/** Why the file must not be written, whatever is done first. Root would follow a link that the user has laid. */
function hindrance(args: Args, path: string, state: State): string | undefined {
  if (state.large) return `${path} is larger than ${EDIT_CAP} bytes`;
  if (args.follow) return obstacle(path, state);
  if (state.directoryIsLink && args.manage_dir)
    return `the directory of ${path} is a link: with follow it would be used`;
  if (state.status?.kind === 'link') return `${path} is a link: with follow what it leads to would be written`;
  return obstacle(path, state);
}

/** `$p` is what a link there leads to, if nobody else could have put it there. */
const throughTrusted: Sh = sh`q=$p; rm_near through || [ ! -L "$q" ] || { rm_enter "$q" through; p=$RM_H/$RM_B; }`;

function directory(args: Args, { account, directory: found }: State): readonly Change[] {
  if (!args.manage_dir) return [];
  const { uid, gid, home } = account!;
  if (found && found.uid === Number(uid) && found.gid === Number(gid) && found.mode === 0o700) return [];
  const attributes = (owner: number | string, group: number | string, mode: string) => `${owner}:${group} ${mode}`;
  return [
    {
      what: 'directory',
      before: found ? attributes(found.uid, found.gid, octal(found.mode)) : null,
      after: attributes(uid, gid, '0700'),
      apply: sh`p=${word(tidy(fileOf(args, home)))}
${args.follow ? throughTrusted : sh`:`}
${parentWord}
if [ -d "$d" ]; then rm_at "$d" through ${[String(found?.uid ?? uid), uid]}
chown ${`${uid}:${gid}`} "$x" && chmod 0700 "$x" && rm_still
else rm_dirs "$d" 00700 ${`${uid}:${gid}`}; fi`,
    },
  ];
}

function content(args: Args, { account, text }: State, path: string, after: string): Change {
  const write = writeFile({
    path: tidy(path),
    content: blobOf(Buffer.from(after, 'latin1')),
    attributes: { owner: account!.uid, group: account!.gid, mode: 0o600 },
    link: args.follow ? 'through' : 'replace',
  });
  return { what: path, before: text === undefined ? null : shown(text), after: shown(after), ...write };
}

/** Who may log in by which key. A key is the same if its type and blob are; all other lines of the file stay. */
export default defineModule<Args, State>({
  name: 'authorized_key',
  aliases: ['ansible.posix.authorized_key'],
  summary: 'Puts public keys into the authorized_keys file of a user, or takes them out.',
  example: `- authorized_key:
    user: root
    key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtQLcHcPQ8Gsi3kBfKvBT4fVvCH1o4vVHdGgp2x0XBN manager
    path: /tmp/authorized_keys
    manage_dir: false`,
  args: schema,
  probe: args => probe(look(args), stateOf),
  plan,
  result: (args, state) => ({
    user: args.user,
    key: args.key,
    state: args.state,
    exclusive: args.exclusive,
    manage_dir: args.manage_dir,
    follow: args.follow,
    key_options: args.key_options ?? null,
    comment: args.comment ?? null,
    path: args.path ?? null,
    keyfile: fileOf(args, state.account?.home),
  }),
});
