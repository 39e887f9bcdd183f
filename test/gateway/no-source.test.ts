import { describe, expect, it } from 'vitest'
import { namesFor, noSource } from '../../src/gateway/no-source.ts'

const told = (name: string, names: readonly string[]): string => noSource('server', name, names).message

describe('a name that nothing has', () => {
  const many = [...Array(40).keys()].map(index => `server-${index}`)
  it.each([
    ['petstor', ['petstore', 'github'], 'Did you mean "petstore"?'],
    ['GitHub', ['petstore', 'github'], 'Did you mean "github"?'],
    ['nobody', ['petstore', 'github'], 'Known: "petstore", "github".'],
    ['nobody', many, 'GET /mcp-rest/tools/list tells the server of each tool.'],
    ['nobody', [], 'There is none that you may use: see "mcpServers", or the limits of the key.'],
  ])('%s among %j: %s', (name, names, remedy) => {
    expect(told(name, names)).toBe(`No server is named "${name}". ${remedy}`)
  })

  it('is cut where it is long, and not compared', () => {
    expect(told('x'.repeat(1_000_000), ['x'.repeat(99)])).toMatch(/^No server is named "x{100}"\. Known: /)
  })

  it('is answered with what its caller may see alone', () => {
    const catalog = { sourceIds: ['pets', 'shop'], groups: { home: ['pets'], all: ['pets', 'shop'], none: [] } }
    expect(namesFor(catalog, { id: 'a', access: {} })).toEqual(['pets', 'shop', 'home', 'all', 'none'])
    expect(namesFor(catalog, { id: 'b', access: { sources: ['shop'] } })).toEqual(['shop', 'all'])
  })
})
