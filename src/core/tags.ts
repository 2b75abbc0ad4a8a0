/**
 * Whether a task is chosen by --tags and --skip-tags, of which none is `all`, as ansible-core has it (playbook/taggable.py,
 * `evaluate_tags`).
 */
export function isSelected(own: readonly string[], only: readonly string[], skip: readonly string[]): boolean {
  const tags = own.length > 0 ? own : ['untagged'];
  const has = (word: string): boolean => tags.includes(word);
  const isTagged = tags.some(tag => tag !== 'untagged');
  const asked = only.length > 0 ? only : ['all'];
  const isAsked =
    has('always') ||
    asked.some(has) ||
    (!has('never') && (asked.includes('all') || (asked.includes('tagged') && isTagged)));
  if (!isAsked) return false;
  if (skip.includes('all')) return has('always') && !skip.includes('always');
  return !skip.some(has) && !(skip.includes('tagged') && isTagged);
}
