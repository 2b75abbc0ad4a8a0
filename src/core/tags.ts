/** Whether a task is chosen by --tags and --skip-tags (language: `always`, `never`, `tagged`, `untagged`, `all`). */
export function isSelected(tags: readonly string[], only: readonly string[], skip: readonly string[]): boolean {
  const has = (word: string) => tags.includes(word);
  const named = (words: readonly string[]) =>
    words.some(
      word =>
        has(word) ||
        (word === 'tagged' && tags.some(t => t !== 'always' && t !== 'never')) ||
        (word === 'untagged' && tags.length === 0),
    );

  if (skip.includes('always') ? has('always') : false) return false;
  if (named(skip)) return false;
  if (skip.includes('all') && !has('always')) return false;
  if (has('always')) return true;
  if (only.length === 0 || only.includes('all')) return !has('never') || named(only.filter(word => word !== 'all'));
  if (has('never') && !only.some(has)) return false;
  return named(only);
}
