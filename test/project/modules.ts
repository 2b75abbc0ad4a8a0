import { z } from 'zod';
import { type AnyModule, defineModule, registryOf } from '../../src/core/module.js';
import { bool, choice, int, mode, path, str, strings } from '../../src/core/params.js';
import { probe } from '../../src/core/probe.js';
import { nothing } from '../../src/core/sh.js';

/** A module of which only the description counts here. */
const described = (
  name: string,
  args: z.ZodType,
  more: Pick<AnyModule, 'freeForm' | 'needs' | 'aliases' | 'opaque'> = {},
) =>
  defineModule<unknown, undefined>({
    name,
    summary: `Stands for ${name}.`,
    example: `- ${name}:`,
    args,
    probe: () => probe(nothing, () => undefined),
    plan: () => [],
    ...more,
  });

const command = z.strictObject({
  cmd: str().optional(),
  argv: z.array(str()).optional(),
  chdir: path().optional(),
  creates: path().optional(),
  removes: path().optional(),
  executable: path().optional(),
  stdin: str().optional(),
});

/** Modules with schemas as the real ones have them, so that the loader's tests stand on their own. */
export const modules = registryOf([
  described('command', command, { freeForm: 'cmd', opaque: true }),
  described('shell', command, { freeForm: 'cmd', opaque: true }),
  described('raw', z.strictObject({ cmd: str(), executable: path().optional() }), { freeForm: 'cmd', opaque: true }),
  described(
    'copy',
    z
      .strictObject({
        src: path().optional(),
        content: str().optional(),
        dest: path(),
        mode: mode().optional(),
        owner: str().optional(),
        backup: bool().default(false),
      })
      .refine(args => (args.src === undefined) !== (args.content === undefined), 'give one of src and content'),
    { needs: (args: any) => (args.src ? [{ kind: 'file', path: args.src }] : []) },
  ),
  described('template', z.strictObject({ src: path(), dest: path(), mode: mode().optional() }), {
    needs: (args: any) => [{ kind: 'template', path: args.src, options: {} }],
  }),
  described(
    'file',
    z.preprocess(
      given => {
        if (typeof given !== 'object' || given === null || !('dest' in given)) return given;
        const { dest, ...rest } = given as Record<string, unknown>;
        return { path: dest, ...rest };
      },
      z.strictObject({
        path: path(),
        state: choice('file', 'directory', 'link', 'absent', 'touch').default('file'),
        mode: mode().optional(),
        owner: str().optional(),
        recurse: bool().default(false),
      }),
    ),
  ),
  described(
    'service',
    z.strictObject({
      name: str(),
      state: choice('started', 'stopped', 'restarted', 'reloaded').optional(),
      enabled: bool().optional(),
    }),
  ),
  described(
    'apt',
    z.strictObject({
      name: strings().optional(),
      state: choice('present', 'absent', 'latest').default('present'),
      update_cache: bool().optional(),
    }),
  ),
  described('user', z.strictObject({ name: str(), uid: int().optional(), groups: strings().optional() })),
  described('sysctl', z.strictObject({ name: str(), value: str() }), { aliases: ['ansible.posix.sysctl'] }),
  described(
    'ethtool',
    z.strictObject({ device: str(), ring: z.strictObject({ rx: int().optional(), tx: int().optional() }).optional() }),
  ),
  described('ping', z.strictObject({ data: str().optional() })),
]);
