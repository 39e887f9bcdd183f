import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import type { ConfigWatch, WatchOptions } from '../../src/config/watch-config.ts'
import { watchConfig } from '../../src/config/watch-config.ts'
import { temporary } from './load.ts'

const textOf = (port: number): string => JSON.stringify({ server: { port } })
let open: ConfigWatch | undefined
afterEach(() => open?.close())

/** Watches a file; what it told is kept as ports and error messages. */
async function start(file: string, options: Partial<WatchOptions> = {}): Promise<(number | string)[]> {
  const told: (number | string)[] = []
  open = watchConfig(file, {
    load: path => loadConfig(path, { env: {} }),
    onChange: (config: Config) => told.push(config.server.port),
    onError: error => told.push((error as Error).message.replaceAll(file, 'FILE')),
    debounceMs: 30,
    pollMs: 60_000,
    ...options,
  })
  await wait(50)
  return told
}

const shows = (told: readonly unknown[], expected: readonly unknown[]): Promise<void> =>
  vi.waitFor(() => expect(told).toEqual(expected), { timeout: 3_000 })

describe('watchConfig', () => {
  it('tells of a file written in place', async () => {
    const file = join(temporary({ 'servers.json': textOf(1) }), 'servers.json')
    const told = await start(file)
    writeFileSync(file, textOf(2))
    await shows(told, [2])
    writeFileSync(file, textOf(3))
    await shows(told, [2, 3])
  })

  it('tells once of a file that an editor empties first and fills then', async () => {
    const file = join(temporary({ 'servers.json': textOf(1) }), 'servers.json')
    const told = await start(file, { debounceMs: 100 })
    writeFileSync(file, '')
    await wait(20)
    writeFileSync(file, textOf(2))
    await shows(told, [2])
  })

  it('tells of a file that an editor replaces by another', async () => {
    const place = temporary({ 'servers.json': textOf(1) })
    const told = await start(join(place, 'servers.json'))
    for (const port of [2, 3]) {
      writeFileSync(join(place, '.servers.json.swp'), textOf(port))
      renameSync(join(place, '.servers.json.swp'), join(place, 'servers.json'))
      await vi.waitFor(() => expect(told.at(-1)).toBe(port))
    }
    expect(told).toEqual([2, 3])
  })

  it('tells of a symlink swapped beside it, as Kubernetes does', async () => {
    const place = temporary()
    for (const port of [1, 2]) {
      mkdirSync(join(place, `..v${port}`))
      writeFileSync(join(place, `..v${port}`, 'servers.json'), textOf(port))
    }
    symlinkSync('..v1', join(place, '..data'))
    symlinkSync('..data/servers.json', join(place, 'servers.json'))
    const told = await start(join(place, 'servers.json'))
    symlinkSync('..v2', join(place, '..data_tmp'))
    renameSync(join(place, '..data_tmp'), join(place, '..data'))
    await shows(told, [2])
  })

  it('tells nobody where only the time or a neighbour has changed', async () => {
    const place = temporary({ 'servers.json': textOf(1) })
    const { digest } = await loadConfig(join(place, 'servers.json'), { env: {} })
    const told = await start(join(place, 'servers.json'), { digest })
    writeFileSync(join(place, 'servers.json'), textOf(1))
    writeFileSync(join(place, 'other.json'), '{}')
    await wait(200)
    expect(told).toEqual([])
  })

  it('tells once of a broken file, and goes on', async () => {
    const file = join(temporary({ 'servers.json': textOf(1) }), 'servers.json')
    const told = await start(file)
    writeFileSync(file, '{')
    await shows(told, ['FILE:1:2: Not valid JSON: a key in double quotes is missing here.'])
    writeFileSync(file, textOf(2))
    await shows(told, [expect.any(String), 2])
  })

  it('tells of a file that is gone, and of its return with the old text', async () => {
    const file = join(temporary({ 'servers.json': textOf(1) }), 'servers.json')
    const told = await start(file)
    rmSync(file)
    await shows(told, ['FILE cannot be read (ENOENT). Create it, or name another file.'])
    writeFileSync(file, textOf(1))
    await shows(told, [expect.any(String), 1])
  })

  it('sees a change between loading and watching', async () => {
    const file = join(temporary({ 'servers.json': textOf(1) }), 'servers.json')
    const { digest } = await loadConfig(file, { env: {} })
    writeFileSync(file, textOf(2))
    await shows(await start(file, { digest }), [2])
  })

  it('finds a change without any event', async () => {
    const place = temporary({ real: textOf(1) })
    const link = join(temporary(), 'servers.json')
    symlinkSync(join(place, 'real'), link)
    const told = await start(link, { pollMs: 50 })
    writeFileSync(join(place, 'real'), textOf(2))
    await shows(told, [2])
  })

  it('goes on when a listener throws', async () => {
    const file = join(temporary({ 'servers.json': textOf(1) }), 'servers.json')
    const told: unknown[] = []
    const fail = (): void => {
      throw new Error('the listener failed')
    }
    await start(file, { onChange: fail, onError: error => told.push((error as Error).message) })
    writeFileSync(file, textOf(2))
    await shows(told, ['the listener failed'])
    writeFileSync(file, textOf(3))
    await shows(told, ['the listener failed', 'the listener failed'])
  })

  it('tells nobody after it was closed', async () => {
    const file = join(temporary({ 'servers.json': textOf(1) }), 'servers.json')
    const told = await start(file)
    writeFileSync(file, textOf(2))
    open?.close()
    open?.close()
    await wait(150)
    expect(told).toEqual([])
  })
})
