import { describe, expect, it } from 'vitest'
import { matchesPath } from '../../../../src/sources/openapi/tool/path-glob.ts'

describe('matchesPath', () => {
  it.each<[string, string, boolean]>([
    ['/pets', '/pets', true],
    ['/pets', '/pets/', false],
    ['/pets/*', '/pets/{id}', true],
    ['/pets/*', '/pets', false],
    ['/pets/*', '/pets/{id}/toys', false],
    ['/pets/**', '/pets', true],
    ['/pets/**', '/pets/{id}/toys', true],
    ['/pets/**', '/petshop', false],
    ['/**/toys', '/toys', true],
    ['/**/toys', '/pets/{id}/toys', true],
    ['/**/toys/**', '/pets/{id}/toys/{toyId}', true],
    ['/pets/{*}', '/pets/{id}', true],
    ['/p*s/*', '/pets/x', true],
    ['**', '/anything/at/all', true],
    ['/PETS', '/pets', false],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(matchesPath(pattern, path)).toBe(expected)
  })

  it('stays quick on a pattern that would hang a regular expression', () => {
    const started = performance.now()
    expect(matchesPath(`${'/**/*'.repeat(100)}/x`, '/a'.repeat(1_000))).toBe(false)
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})
