import { posix } from 'node:path';
import * as z from 'zod';
import { defineModule, type Given } from '../core/module.js';
import { bool, mode, path, str } from '../core/params.js';
import { renamed } from './args.js';
import { attributeAliases, attributeShape } from './attributes.js';
import { octal } from './looks/status.js';
import { type Place, type Placing, putPlan, putProbe, putResult } from './put.js';
import { validateParam } from './validate.js';

const fixed = (value: string) =>
  z
    .literal(value, { error: `only ${value} can be served` })
    .optional()
    .describe(`Only \`${value}\`.`);

const schema = z.strictObject({
  src: str().describe('Template, searched in `templates/` of the role and the playbook.'),
  dest: path().describe('Where the file shall be on the target; in a directory it gets the name of the template.'),
  ...attributeShape,
  mode: z
    .union([mode(), z.literal('')])
    .nullish()
    .describe('Permissions, as `"0644"` or `u=rw,g=r`; `preserve` takes those of the template.'),
  backup: bool().default(false).describe('Keep the old file beside the new one, with the date in its name.'),
  force: bool().default(true).describe('If false, a file that is there already is left as it is.'),
  follow: bool().default(false).describe('If the path is a link, write what it leads to.'),
  validate: validateParam,
  newline_sequence: z.enum(['\n', '\r', '\r\n', '\\n', '\\r', '\\r\\n']).optional().describe('How lines end.'),
  trim_blocks: bool().optional().describe('Take the line break after a block away; true by default.'),
  lstrip_blocks: bool().optional().describe('Take blanks before a block away; false by default.'),
  block_start_string: str().optional().describe('What begins a block.'),
  block_end_string: str().optional().describe('What ends a block.'),
  variable_start_string: str().optional().describe('What begins an expression.'),
  variable_end_string: str().optional().describe('What ends an expression.'),
  comment_start_string: fixed('{#'),
  comment_end_string: fixed('#}'),
  output_encoding: fixed('utf-8'),
});
type Args = z.infer<typeof schema>;

const NEWLINES: { readonly [written: string]: string } = { '\\n': '\n', '\\r': '\r', '\\r\\n': '\r\n' };

/** The file a task asks for, its content rendered by the engine. */
function placingOf(args: Args, { found }: Given): Placing {
  const [source] = found;
  if (source?.kind !== 'file') throw new Error('template was not given its rendered source');
  const name = posix.basename(args.src);
  return {
    path: args.dest.endsWith('/') ? args.dest + name : args.dest,
    name,
    blob: source.blob,
    wish: { ...args, mode: args.mode === 'preserve' ? octal(source.mode) : args.mode },
    link: args.follow ? 'through' : 'replace',
    when: args.force ? 'always' : 'absent',
    backup: args.backup ? 'keep' : undefined,
    validate: args.validate,
    fallback: args.unsafe_writes ? 'in-place' : undefined,
  };
}

/** A file made from a template. Parameters and results are those of Ansible's template module. */
export default defineModule<Args, Place>({
  name: 'template',
  summary: 'Writes a file from a template.',
  example: `- template:
    src: motd.j2
    dest: /etc/motd
    mode: "0644"`,
  args: renamed(attributeAliases, schema),
  needs: args => [
    {
      kind: 'template',
      path: args.src,
      options: {
        trimBlocks: args.trim_blocks,
        lstripBlocks: args.lstrip_blocks,
        newlineSequence: args.newline_sequence && (NEWLINES[args.newline_sequence] ?? args.newline_sequence),
        variableStart: args.variable_start_string,
        variableEnd: args.variable_end_string,
        blockStart: args.block_start_string,
        blockEnd: args.block_end_string,
      },
    },
  ],
  probe: (args, given) => putProbe(placingOf(args, given)),
  plan: (args, place, given) => putPlan(placingOf(args, given), place),
  result: (args, place, ran, given) => ({
    src: args.src,
    ...putResult(placingOf(args, given), place, ran, given.isDiffed),
  }),
});
