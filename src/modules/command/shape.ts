import { bool, path, str } from '../../core/params.js';
import { orNone } from '../args.js';

/** Parameters that `command`, `shell` and `script` share. */
export const guardShape = {
  creates: orNone(path()).describe('A path or glob; if it is there, the command is not run.'),
  removes: orNone(path()).describe('A path or glob; if it is not there, the command is not run.'),
  chdir: orNone(path()).describe('Folder to change into first; the globs are relative to it.'),
};

/** Parameters that `command` and `shell` share. */
export const inputShape = {
  stdin: str().optional().describe('What the command reads on standard input; nothing without it.'),
  stdin_add_newline: bool().default(true).describe('End `stdin` with a line break.'),
  strip_empty_ends: bool().default(true).describe('Take line breaks off the ends of stdout and stderr.'),
  warn: bool().optional().describe('Does nothing; old roles still set it.'),
};

/** All that the command reads. */
export const inputOf = ({
  stdin,
  stdin_add_newline,
}: {
  readonly stdin?: string | undefined;
  readonly stdin_add_newline: boolean;
}) => (stdin === undefined ? undefined : stdin + (stdin_add_newline ? '\n' : ''));
