import * as z from 'zod';
import { blocked, type Change, type Plan } from '../core/change.js';
import { defineModule, type Ran } from '../core/module.js';
import { bool, int, path, str } from '../core/params.js';
import { probe } from '../core/probe.js';
import { Unknown, type Value } from '../core/value.js';
import { renamed } from './args.js';
import { clone, dropModifications, setUrl, update, updateSubmodules, wantedCommit } from './git/changes.js';
import { gitLook } from './git/look.js';
import { type Repository, type Sight, sightOf } from './git/sight.js';
import type { GitWish } from './git/wish.js';

/** No option of a program, and nothing that would end a line. */
const name = (what: string) => str().pipe(z.string().regex(/^(?!-)[^\s\0]+$/, what));
const never = (why: string) =>
  bool()
    .default(false)
    .refine(value => !value, why);

const schema = renamed(
  { name: 'repo' },
  z
    .strictObject({
      repo: str()
        .pipe(z.string().regex(/^(?!-)(?!ext::)[^\0\n]+$/, 'a URL or path of a repository'))
        .describe('Where it comes from.'),
      dest: path().describe('Where it shall stand on the target.'),
      version: name('a branch, tag or commit')
        .default('HEAD')
        .describe('Branch, tag or commit; `HEAD` is the main branch.'),
      remote: name('a name of a remote').default('origin').describe('What the remote is called in the clone.'),
      refspec: name('a refspec').optional().describe('Further refs to fetch.'),
      reference: path().optional().describe('A repository on the target to borrow objects from.'),
      force: bool().default(false).describe('Throw away local modifications and commits.'),
      depth: int().pipe(z.int().positive()).optional().describe('Fetch no more commits than these.'),
      clone: bool().default(true).describe('If false, nothing is cloned: only the result tells what there is.'),
      update: bool().default(true).describe('If false, a repository that is there is left as it is.'),
      bare: bool().default(false).describe('Without a work tree.'),
      executable: path().optional().describe('The git to use.'),
      recursive: bool().default(true).describe('Submodules, too.'),
      single_branch: bool().default(false).describe('Clone only the branch asked for.'),
      track_submodules: bool().default(false).describe('Submodules at the end of their branch.'),
      key_file: path().optional().describe('Private key on the target to log in with.'),
      ssh_opts: str().optional().describe('Further options of ssh.'),
      umask: z
        .preprocess(
          value => (typeof value === 'number' ? value.toString(8) : value),
          z.string().regex(/^0?[0-7]{3}$/, 'octal, such as "0022"'),
        )
        .optional()
        .describe('Umask while files are made.'),
      accept_hostkey: never('a host key is not taken on trust: give it by known_hosts').describe(
        'Only false: use known_hosts.',
      ),
      accept_newhostkey: never('a host key is not taken on trust: give it by known_hosts').describe(
        'Only false: use known_hosts.',
      ),
    })
    .refine(args => args.ssh_opts === undefined || !/StrictHostKeyChecking/i.test(args.ssh_opts), {
      message: 'host keys are always checked: give the right one by known_hosts',
      path: ['ssh_opts'],
    }),
);
type Args = z.infer<typeof schema>;

function plan(args: Args, sight: Sight): Plan {
  const { local, remote, installed, isFree } = sight;
  if (!installed) {
    const coming = isFree && args.clone ? [clone(args, { kind: 'unknown' })] : undefined;
    return blocked(`${args.executable ?? 'git'} is not installed`, coming);
  }
  if (local.kind === 'foreign')
    return blocked(
      `${args.dest} belongs to ${local.owner}: git works in it only as that user (become_user: ${local.owner})`,
    );
  if (local.kind === 'occupied') return blocked(`${args.dest} is there and is no git repository`);
  if (local.kind === 'repository' && !args.update) return [];
  if (remote.kind === 'error') return blocked(`cannot ask ${args.repo}: ${remote.why}`);
  if (remote.kind === 'unknown' && !/^[0-9a-f]{7,64}$/.test(args.version))
    return blocked(`${args.repo} has no branch or tag ${args.version}`);
  if (local.kind === 'nothing') return args.clone ? [clone(args, remote)] : [];
  return updates(args, local, sight);
}

function updates(args: GitWish, local: Repository, { remote }: Sight): Plan {
  const { modified, ahead, branch, head, url, submodules } = local;
  if (modified.length > 0 && !args.force)
    return {
      ...blocked(`Local modifications exist in the destination: ${args.dest} (force=no).\n${modified.join('\n')}`),
      result: { before: head ?? null },
    };
  // Only the branch that is asked for is moved; others, and a commit looked at by its id, keep what they have.
  const isMoving = !isThere(args, local, remote);
  const isOwn = remote.kind === 'branch' && remote.name === branch;
  if (isMoving && !args.bare && isOwn && ahead > 0 && !args.force)
    return blocked(`${args.dest} has ${ahead} commits on ${branch} that are nowhere else (force=no)`);
  const changes: readonly Change[] = [
    ...(url === args.repo ? [] : [setUrl(args, local)]),
    ...(modified.length > 0 ? [dropModifications(args, local)] : []),
    ...(isMoving ? [update(args, local, remote)] : []),
  ];
  return !isMoving && submodules.length > 0 ? [...changes, updateSubmodules(args, local)] : changes;
}

/** Whether the commit asked for is checked out; of a shortened id all that can be said is that it fits. */
function isThere(args: GitWish, { head }: Repository, remote: Sight['remote']): boolean {
  const wanted = wantedCommit(args, remote);
  if (wanted !== undefined) return head === wanted;
  return head?.startsWith(args.version) ?? false;
}

function result(args: Args, sight: Sight, ran: Ran): { readonly [name: string]: Value } {
  const { local, remote } = sight;
  const before = local.kind === 'repository' ? (local.head ?? null) : null;
  const said =
    ran.kind === 'done'
      ? /^after ([0-9a-f]+)$/m.exec(ran.outputs.map(({ stdout }) => stdout).join('\n'))?.[1]
      : undefined;
  const wanted = wantedCommit(args, remote);
  const isMoving = ran.kind !== 'nothing' && !(local.kind === 'repository' && isThere(args, local, remote));
  // Without a clone the result is all there is, so it tells what the remote has.
  const idle = local.kind === 'repository' ? before : args.clone ? null : (wanted ?? null);
  return {
    before,
    after: said ?? (isMoving ? (wanted ?? new Unknown([])) : idle),
    remote_url_changed: local.kind === 'repository' && ran.kind !== 'nothing' && local.url !== args.repo,
    ...(local.kind === 'repository' && local.modified.length > 0 && ran.kind !== 'nothing'
      ? { msg: `Local modifications exist in the destination: ${args.dest}` }
      : {}),
  };
}

/** A git repository at a version. Files that git does not know of are never touched, and neither are they a modification. */
export default defineModule<Args, Sight>({
  name: 'git',
  summary: 'Clones a git repository, and keeps it at a branch, tag or commit.',
  example: '- git: { repo: /srv/example.git, dest: /tmp/example, clone: false }',
  args: schema,
  probe: args => ({ ...probe(gitLook(args), sightOf), dear: true }),
  plan,
  result,
});
