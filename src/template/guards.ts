import type { Expression } from './syntax.js';

/** Names that are surely defined where the expression is true. */
export function definedIf(node: Expression): readonly string[] {
  if (node.kind === 'not') return definedUnless(node.operand);
  if (node.kind === 'and') return [...definedIf(node.left), ...definedIf(node.right)];
  return node.kind === 'test' && node.name === (node.negated ? 'undefined' : 'defined') ? baseOf(node.input) : [];
}

/** Names that are surely defined where the expression is false. */
export function definedUnless(node: Expression): readonly string[] {
  if (node.kind === 'not') return definedIf(node.operand);
  if (node.kind === 'or') return [...definedUnless(node.left), ...definedUnless(node.right)];
  return node.kind === 'test' && node.name === (node.negated ? 'defined' : 'undefined') ? baseOf(node.input) : [];
}

function baseOf(node: Expression): readonly string[] {
  if (node.kind === 'name') return [node.name];
  return node.kind === 'attribute' || node.kind === 'item' ? baseOf(node.object) : [];
}
