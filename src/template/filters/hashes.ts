import { createHash, getHashes } from 'node:crypto';
import { decode, encode } from '../../core/bytes.js';
import { didYouMean } from '../../core/place.js';
import { RenderError } from '../../core/value.js';
import { given, textOr, wholeOr } from '../cast.js';
import { passwordHash } from '../crypt.js';
import type { Term } from '../terms.js';
import { toText } from '../text.js';
import { type Filters, filter } from './filter.js';

/** Ansible's own namespace for `to_uuid`. */
const UUID_NAMESPACE = '361E6D51-FAEC-444A-9079-341386DA8E2E';

function hash(text: string, kind: string): string {
  const algorithm = kind.toLowerCase().replace(/^sha-/, 'sha');
  const known = getHashes();
  if (!known.some(name => name.toLowerCase() === algorithm))
    throw new RenderError(
      `there is no hash '${kind}'`,
      undefined,
      didYouMean(kind, ['md5', 'sha1', 'sha256', 'sha384', 'sha512']),
    );
  return createHash(algorithm).update(encode(text)).digest('hex');
}

/** A UUID of version 5: the same for the same text. RFC 4122, 4.3. */
function toUuid(text: string, namespace: string): string {
  const plain = namespace.replace(/^(?:urn:)?uuid:|[{}-]/gi, '');
  if (!/^[\da-f]{32}$/i.test(plain)) throw new RenderError(`'${namespace}' is no UUID to be a namespace`);
  const bytes = createHash('sha1').update(Buffer.from(plain, 'hex')).update(encode(text)).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const ENCODINGS: ReadonlyMap<string, BufferEncoding> = new Map<string, BufferEncoding>([
  ['utf-8', 'utf8'],
  ['utf8', 'utf8'],
  ['ascii', 'ascii'],
  ['latin-1', 'latin1'],
  ['iso-8859-1', 'latin1'],
  ['utf-16-le', 'utf16le'],
  ['utf-16le', 'utf16le'],
]);

/** Texts are UTF-8 unless told otherwise. */
function encodingOf(term: Term | undefined): BufferEncoding {
  const name = textOr(given(term), 'utf-8').toLowerCase();
  const encoding = ENCODINGS.get(name);
  if (!encoding) throw new RenderError(`the encoding '${name}' is not supported`);
  return encoding;
}

const encoded = (text: string, encoding: BufferEncoding): Buffer =>
  encoding === 'utf8' ? encode(text) : Buffer.from(text, encoding);

function decoded(text: string, encoding: BufferEncoding): string {
  const plain = text.replace(/[^A-Za-z0-9+/=]/g, '');
  if (plain.replace(/=+$/, '').length % 4 === 1 || plain.length % 4 !== 0)
    throw new RenderError('b64decode: Incorrect padding');
  const bytes = Buffer.from(plain, 'base64');
  return encoding === 'utf8' ? decode(bytes) : bytes.toString(encoding);
}

const sha1 = filter('', input => hash(toText(input), 'sha1'));

export const hashFilters: Filters = [
  [
    'b64encode',
    filter('encoding?', (input, [encoding]) => encoded(toText(input), encodingOf(encoding)).toString('base64')),
  ],
  ['b64decode', filter('encoding?', (input, [encoding]) => decoded(toText(input), encodingOf(encoding)))],
  ['hash', filter('hashtype?', (input, [kind]) => hash(toText(input), textOr(kind, 'sha1')))],
  ['md5', filter('', input => hash(toText(input), 'md5'))],
  ['sha1', sha1],
  ['checksum', sha1],
  ['to_uuid', filter('namespace?', (input, [namespace]) => toUuid(toText(input), textOr(namespace, UUID_NAMESPACE)))],
  [
    'password_hash',
    filter('hashtype? salt? salt_size? rounds? ident?', (input, [scheme, salt, , rounds], { run }) =>
      passwordHash(
        toText(input),
        {
          scheme: textOr(given(scheme), 'sha512'),
          salt: given(salt) === undefined ? undefined : toText(salt!),
          rounds: given(rounds) === undefined ? undefined : wholeOr(rounds, 0),
        },
        run,
      ),
    ),
  ],
];
