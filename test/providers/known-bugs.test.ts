import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const list = readFileSync(join(import.meta.dirname, 'known-bugs.md'), 'utf8')
const rows = list.split('\n').filter(line => /^\| \w/.test(line) && !line.startsWith('| Where'))
const root = join(import.meta.dirname, '..', '..')

it('each known bug names a test that is there', () => {
  const lost = rows.filter(row => {
    const [, file = '', words = ''] = /\| `([^`]+)`: (.+) \|$/.exec(row) ?? []
    return !existsSync(join(root, file)) || !readFileSync(join(root, file), 'utf8').includes(words)
  })
  expect(lost).toEqual([])
  expect(rows.length).toBeGreaterThan(30)
})
