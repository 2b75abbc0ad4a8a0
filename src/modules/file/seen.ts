import type { Output } from '../../core/probe.js';
import { type Sight, sightOf } from '../attributes.js';
import { wholeBytes } from '../looks/content.js';
import { type Fields, fieldsOf } from '../looks/fields.js';
import { type Status, statusOf } from '../looks/status.js';
import { type Sort, sortsOf } from './below.js';

/** What the looks of the file module say, each of its own. */
export interface Seen extends Sight {
  readonly fields: Fields;
  /** The path is a directory; looked at was the name of the source in it. */
  readonly into: boolean;
  /** The link is as wished already. */
  readonly said: boolean;
  readonly srcMissing: boolean;
  /** A directory that is not empty. */
  readonly full: boolean;
  /** What the link leads to, or shall lead to. */
  readonly aim?: Status | undefined;
  /** What an existing link says. */
  readonly bytes?: Buffer | undefined;
  readonly below: readonly Sort[];
}

export function seenOf({ stdout }: Output): Seen {
  const fields = fieldsOf(stdout);
  const sight = sightOf(fields);
  return {
    ...sight,
    fields,
    into: fields.has('into'),
    said: fields.has('said'),
    srcMissing: fields.get('src') === 'missing',
    full: fields.has('full'),
    aim: statusOf(fields.get('aim')),
    bytes: wholeBytes(fields.bytes, sight.status?.size),
    below: sortsOf(stdout, sight.status),
  };
}
