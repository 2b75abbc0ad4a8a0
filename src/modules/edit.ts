import { createHash } from 'node:crypto';
import { blobOf } from '../core/blob.js';
import { type Blocked, blocked, type Change, type Plan } from '../core/change.js';
import type { Standing } from '../core/effect.js';
import type { Ran } from '../core/module.js';
import { bool, path } from '../core/params.js';
import { type Output, type Probe, probe } from '../core/probe.js';
import { join, sh } from '../core/sh.js';
import { isShareable } from '../core/shared.js';
import type { Value } from '../core/value.js';
import { writeFile } from './atomic.js';
import {
  attributeAliases,
  attributeChanges,
  attributeShape,
  attributesLook,
  type Sight,
  settle,
  sightOf,
  type Wish,
} from './attributes.js';
import { textIn } from './diff.js';
import { sharedGroup } from './looks/account.js';
import { base64Lines, lookAfter } from './looks/after.js';
import { EDIT_CAP, shownContent, wholeBytes, wholeLook } from './looks/content.js';
import { fieldsOf } from './looks/fields.js';
import { standingOf } from './looks/standing.js';
import { statusLookAt, statusOf } from './looks/status.js';
import { throughLink, tidy, word } from './looks/word.js';
import { backupOf, leaving, obstacle, shownOnly } from './put.js';
import { validateParam } from './validate.js';

/** Parameters of all modules that change a part of a file. */
export const editShape = {
  path: path().describe('The file to change; if it is a link, what it leads to is changed.'),
  backup: bool().default(false).describe('Keep the old file beside the new one, with the date in its name.'),
  validate: validateParam,
  ...attributeShape,
};
export const editAliases = { ...attributeAliases, dest: 'path', destfile: 'path', name: 'path' };

/** What a module that changes a part of a file works by. */
export interface Edit extends Wish {
  readonly path: string;
  readonly backup: boolean;
  readonly validate?: string | undefined;
  readonly unsafe_writes: boolean;
}

/** What was seen of a file to be edited. */
export interface Page extends Sight {
  /** One character a byte; nothing if there is no file. */
  readonly text?: string | undefined;
  readonly large: boolean;
  readonly unreadable: boolean;
}

/** What the editing of a text comes to. `text`: what it becomes, one character a byte. */
export interface Edited {
  readonly text: string;
  /** Ansible's word for it. */
  readonly msg: string;
  /** Further members of the result. */
  readonly more?: { readonly [name: string]: Value };
}

/** What shall become of a text; nothing where there is no file. */
export type Editing = (before: string | undefined) => Edited | Blocked;

export function editProbe(edit: Edit): Probe<Page> {
  const path = tidy(edit.path);
  const script = [sh`p=${word(path)}`, throughLink, statusLookAt(path), attributesLook(edit), wholeLook];
  return {
    ...probe(join(script, '\n'), pageOf),
    shares: [...(isShareable(path) ? [{ path }] : []), ...sharedGroup(edit.group)],
    after: (seen, effects) => lookAfter({ path, wish: edit, rest: wholeAfter }, seen, effects),
  };
}

/** What `wholeLook` will say of a thing that stands so. */
function wholeAfter({ status, content }: Exclude<Standing, string>): string | undefined {
  const kind = statusOf(status)?.kind;
  if (kind === 'link') return undefined;
  if (kind !== 'file') return '';
  return content && `text\n${base64Lines(content)}`;
}

function pageOf({ stdout }: Output): Page {
  const fields = fieldsOf(stdout);
  const sight = sightOf(fields);
  return {
    ...sight,
    text: wholeBytes(fields.bytes, sight.status?.size)?.toString('latin1'),
    large: fields.has('large'),
    unreadable: fields.has('unreadable'),
  };
}

export function editPlan(edit: Edit, page: Page, editing: Editing): Plan {
  const { status } = page;
  const mistake = obstacle(edit.path, page);
  if (mistake !== undefined) return blocked(mistake);
  if (page.large) return blocked(`${edit.path} is larger than ${EDIT_CAP} bytes, too large to edit`);
  const edited = editing(page.text);
  if ('blocked' in edited) return edited;
  const settled = settle(edit, page, 'file');
  const attributes = status ? attributeChanges(settled, status, word(tidy(edit.path))) : [];
  const isSame = edited.text === (page.text ?? (edited.msg === '' ? edited.text : undefined));
  const is = standingOf(settled, status, {
    kind: 'file',
    size: edited.text.length,
    umask: page.umask,
    content: bytesOf(edited),
  });
  const effect = { path: tidy(edit.path), is };
  const changes = leaving(
    isSame ? attributes : [contentChange(edit, page, edited), ...attributes.map(shownOnly)],
    effect,
  );
  return settled.missing.length > 0 && changes.length > 0 ? blocked(settled.missing.join('; '), changes) : changes;
}

const bytesOf = ({ text }: Edited): Buffer => Buffer.from(text, 'latin1');

function contentChange(edit: Edit, page: Page, edited: Edited): Change {
  const before = page.text === undefined ? undefined : Buffer.from(page.text, 'latin1');
  const after = bytesOf(edited);
  const links = page.status?.links ?? 1;
  return {
    what: links > 1 ? `${edit.path} (breaks ${links - 1} hard links)` : edit.path,
    before: before ? shownContent(before, before.length) : null,
    after: shownContent(after, after.length, createHash('sha256').update(after).digest('hex')),
    ...writeFile({
      path: tidy(edit.path),
      content: blobOf(after),
      attributes: settle(edit, page, 'file'),
      seen: page.status ? undefined : 'nothing',
      link: page.throughLink ? 'through' : 'replace',
      backup: edit.backup ? 'keep' : undefined,
      validate: edit.validate,
      parents: page.gone === 'no-parent' ? 'make' : undefined,
      fallback: edit.unsafe_writes ? 'in-place' : undefined,
    }),
  };
}

/** `msg` as Ansible composes it, the backup, and what the editing adds. */
export function editResult(edit: Edit, page: Page, ran: Ran, editing: Editing): { readonly [name: string]: Value } {
  const edited = editing(page.text);
  if ('blocked' in edited) return {};
  const changes = page.status ? attributeChanges(settle(edit, page, 'file'), page.status, word(tidy(edit.path))) : [];
  const owned = changes.length > 0 ? 'ownership, perms or SE linux context changed' : '';
  return {
    msg: [edited.msg, owned].filter(part => part !== '').join(' and '),
    ...edited.more,
    ...backupOf(edit.path, ran),
  };
}

/** `diff` as Ansible's lineinfile and blockinfile register it: the texts, which are empty without --diff, and the attributes. */
export function editDiff(edit: Edit, page: Page, editing: Editing, isDiffed = false): Value {
  const edited = editing(page.text);
  const content = `${edit.path} (content)`;
  const attributes = `${edit.path} (file attributes)`;
  const [before, after] = isDiffed && !('blocked' in edited) ? [page.text ?? '', edited.text] : ['', ''];
  return [
    { before: textIn(before), after: textIn(after), before_header: content, after_header: content },
    { before_header: attributes, after_header: attributes },
  ];
}

/** The file is not there and shall not be made. */
export const missingFile = (edit: Edit): Blocked => blocked(`${edit.path} does not exist`);
