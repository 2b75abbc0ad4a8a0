import { RenderError } from '../core/value.js';
import { filesOf } from './lookups/lookup.js';
import type { Run } from './run.js';
import { type Operation, operation } from './signature.js';
import type { Term } from './terms.js';
import { toText } from './text.js';

const found = (input: Term, run: Run): string | undefined => filesOf(run, 'the test').find(toText(input), 'files');

/** A file can be read; what is there but cannot is a directory. */
function isReadable(path: string, run: Run): boolean {
  try {
    filesOf(run, 'the test').read(path);
    return true;
  } catch (error) {
    if (error instanceof RenderError) return false;
    throw error;
  }
}

const fileTest = (holds: (input: Term, run: Run) => boolean): Operation<Term> =>
  operation('', (input, _, { run }) => holds(input, run));

const refused = (name: string): Operation<Term> =>
  operation('*other', () => {
    throw new RenderError(
      `the test '${name}' is not supported: it asks about files of the controller`,
      undefined,
      'the module `stat` looks at files of the target',
    );
  });

const isFile = fileTest((input, run) => {
  const path = found(input, run);
  return path !== undefined && isReadable(path, run);
});
const isDirectory = fileTest((input, run) => {
  const path = found(input, run);
  return path !== undefined && !isReadable(path, run);
});
const isAbsolute = operation<Term>('', input => toText(input).startsWith('/'));

/** Tests of files on the controller, which a template sees through `scope.files` only. */
export const fileTests: readonly (readonly [string, Operation<Term>])[] = [
  ['exists', fileTest((input, run) => found(input, run) !== undefined)],
  ['file', isFile],
  ['is_file', isFile],
  ['directory', isDirectory],
  ['is_dir', isDirectory],
  ['abs', isAbsolute],
  ['is_abs', isAbsolute],
  ...['link', 'is_link', 'link_exists', 'same_file', 'is_same_file', 'mount', 'is_mount'].map(
    name => [name, refused(name)] as const,
  ),
];
