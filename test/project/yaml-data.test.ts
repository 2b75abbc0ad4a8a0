import { describe, expect, it } from 'vitest';
import { RenderError } from '../../src/core/value.js';
import { parseAllYamlData, parseYamlData } from '../../src/project/yaml-data.js';

describe('YAML that is no file of the project', () => {
  it('is data', () => {
    expect(parseYamlData('a: [1, yes, "{{ x }}"]')).toEqual({ a: [1, true, '{{ x }}'] });
    expect(parseYamlData('')).toBeNull();
    expect(parseYamlData('5')).toBe(5);
  });
  it('may hold several documents', () => expect(parseAllYamlData('a: 1\n---\n- 2\n')).toEqual([{ a: 1 }, [2]]));
  it('throws RenderError, and nothing else', () => {
    expect(() => parseYamlData('a: [')).toThrow(RenderError);
    expect(() => parseYamlData('a: 1\n---\nb: 2')).toThrow(/second document/);
    expect(() => parseYamlData('[['.repeat(10_000))).toThrow(/nested deeper/);
  });
});
