import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = new URL('../..', import.meta.url).pathname
const linesOf = (file: string): string[] => readFileSync(join(root, file), 'utf8').split('\n')

it('.dockerignore lets through whatever the Dockerfile copies', () => {
  const copied = linesOf('Dockerfile')
    .filter(line => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap(line => line.split(/\s+/).slice(1, -1))
  const sent = linesOf('.dockerignore').flatMap(line => (line.startsWith('!') ? [line.slice(1)] : []))
  expect(copied.length).toBeGreaterThan(3)
  expect(copied.filter(name => !sent.includes(name))).toEqual([])
  expect(copied.filter(name => !existsSync(join(root, name)))).toEqual([])
})
