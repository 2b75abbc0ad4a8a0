import type { Body, Expression } from './syntax.js';

/** All names that a body mentions, its own included. */
export function namesIn(body: Body): ReadonlySet<string> {
  const names = new Set<string>();
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(walk);
    else if (typeof node === 'object' && node !== null) {
      if ('kind' in node && node.kind === 'name' && 'name' in node) names.add(String(node.name));
      Object.values(node).forEach(walk);
    }
  };
  walk(body);
  return names;
}

/** The expressions directly inside one of the plain kinds. */
export function partsOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'list':
    case 'tuple':
      return node.items;
    case 'dict':
      return node.entries.flat();
    case 'slice':
      return [node.object, node.start, node.stop, node.step].filter(part => part !== undefined);
    case 'sign':
    case 'not':
      return [node.operand];
    case 'binary':
      return [node.left, node.right];
    case 'compare':
      return [node.first, ...node.steps.map(step => step.operand)];
    default:
      return [];
  }
}
