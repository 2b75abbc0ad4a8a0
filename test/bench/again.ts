/** Parts that are run unless they are told nothing. */
const PARTS = ['hosts', 'ahead-hosts', 'stubs', 'tasks', 'inventory', 'file', 'tree'] as const;
export type Part = (typeof PARTS)[number];

/** The command that makes a section again and no other: `given` to its part, nothing to the other parts, then `more`. */
export const command = (part: Part | undefined, given: readonly (string | number)[], more = ''): string => {
  const none = PARTS.filter(other => other !== part).map(other => `--${other} ''`);
  const own = part === undefined ? [] : [`--${part} ${given.join(',')}`];
  return `npm run bench -- ${[...none, ...own].join(' ')}${more}`;
};
