import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Progress } from '../../../src/core/tool.ts'
import { callText, isAlive, listNames, never, nextChange, open, stdioConfig, textOf, until } from './helpers.ts'

const call = { signal: never }

describe('an MCP server over stdio', () => {
  it('is listed and called, and nothing of it is lost', async () => {
    const source = open(stdioConfig('ok'))
    const tools = await source.list(call)
    expect(tools[0]).toEqual({
      key: 'echo',
      rank: 'echo',
      tool: {
        name: 'echo',
        description: 'Says it back.',
        inputSchema: { type: 'object' },
        'x-unknown': { kept: true },
      },
    })
    const sent = { text: 'grün🦊', nested: { list: [1, null] } }
    const result = await source.call('echo', sent, { ...call, meta: { traceparent: '00-ab' } })
    expect(result).toEqual({
      content: [{ type: 'text', text: JSON.stringify(sent) }],
      structuredContent: { sent: { name: 'echo', arguments: sent, _meta: { traceparent: '00-ab' } } },
      _meta: { 'example.com/kept': 1 },
      'x-unknown': [1],
    })
    expect(source.health()).toMatchObject({ state: 'ready', details: { serverInfo: { name: 'fake' } } })
  })

  it('hands on content types and fields that nobody knows yet', async () => {
    const source = open(stdioConfig('unknown-content'))
    expect(await source.call('echo', {}, call)).toEqual({
      content: [{ type: 'hologram', 'x-beam': 1 }],
      'x-field': { deep: [1] },
      _meta: { 'a/b': 1 },
    })
  })

  it('adds the content that revision 2024-11-05 allowed to leave out', async () => {
    const source = open(stdioConfig('no-content'))
    expect(await source.call('echo', {}, call)).toEqual({ content: [], toolResult: 'old' })
  })

  it.each([
    ['three steps, one by one', 'ok', 'progress', [1, 2, 3]],
    ['a step in the same chunk as the result, and none after it', 'same-chunk', 'echo', [1]],
  ])('hands on progress: %s', async (_, mode, key, expected) => {
    const source = open(stdioConfig(mode))
    const seen: Progress[] = []
    const result = await source.call(key, {}, { ...call, onProgress: step => seen.push(step) })
    expect(textOf(result)).toBe('done')
    expect(seen.map(({ progress }) => progress)).toEqual(expected)
  })

  it('tells the server that the caller has cancelled', async () => {
    const source = open(stdioConfig('ok'))
    await listNames(source)
    const caller = new AbortController()
    const waiting = source.call('wait', {}, { signal: caller.signal })
    await until(() => source.stderr.length > 0)
    caller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
    const { structuredContent } = await source.call('received', {}, call)
    expect(JSON.stringify(structuredContent)).toContain('"method":"notifications/cancelled","params":{"requestId":')
    expect(source.health().state).toBe('ready')
  })

  it('tells of a changed list', async () => {
    const source = open(stdioConfig('ok'))
    expect(await listNames(source)).not.toContain('extra_1')
    const change = nextChange(source)
    await source.call('add_tool', {}, call)
    await change
    expect(await listNames(source)).toContain('extra_1')
  })

  it('tells a failure of the tool from an error of the server', async () => {
    const source = open(stdioConfig('ok'))
    expect(await source.call('fail', {}, call)).toMatchObject({ isError: true })
    await expect(source.call('refuse', {}, call)).rejects.toMatchObject({
      code: 'SOURCE_ERROR',
      data: { code: -32099, message: 'refused by the server', data: { why: 'because' } },
    })
    expect(source.health().state).toBe('ready')
  })

  it('answers what the server asks: ping, and that nothing else is there', async () => {
    const source = open(stdioConfig('asks'))
    const { structuredContent } = await source.call('echo', {}, call)
    expect(structuredContent).toMatchObject({ answers: [{ id: 'ask-1', error: { code: -32601 } }, { id: 'ask-2' }] })
  })
})

describe('the child of a stdio server', () => {
  it('sees a minimal environment and its own settings, and nothing else of ours', async () => {
    process.env.PATCHBAY_TEST_SECRET = 'ours'
    try {
      const source = open(stdioConfig('ok', { env: { API_KEY: 'theirs' } }))
      const { structuredContent } = await source.call('env', {}, call)
      const allowed = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'API_KEY']
      const names = Object.keys(structuredContent as object)
      expect(names.filter(name => !allowed.includes(name))).toEqual([])
      expect(structuredContent).toMatchObject({ API_KEY: 'theirs', PATH: process.env.PATH })
    } finally {
      delete process.env.PATCHBAY_TEST_SECRET
    }
  })

  it.each([
    ['leaves when its stdin ends', 'ok'],
    ['is killed when it ignores both that and SIGTERM', 'ignore-term'],
    ['takes its own children with it', 'grandchild'],
  ])('%s', { timeout: 10_000 }, async (_, mode) => {
    const source = open(stdioConfig(mode))
    const pids = String(await callText(source, 'pid'))
      .split(' ')
      .map(Number)
    expect(pids.every(isAlive)).toBe(true)
    await Promise.all([source.close(), source.close()])
    await until(() => !pids.some(isAlive))
    expect(source.health().state).toBe('closed')
  })

  it('that dies during a call fails that call at once, and is back for the next', async () => {
    const source = open(stdioConfig('ok'))
    const pid = Number(await callText(source, 'pid'))
    const waiting = source.call('wait', {}, call)
    await until(() => source.stderr.length > 0)
    const back = nextChange(source)
    process.kill(pid, 'SIGKILL')
    await expect(waiting).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: expect.stringMatching(/^"fake" .* was ended by SIGKILL\./),
    })
    await back
    expect(Number(await callText(source, 'pid'))).not.toBe(pid)
    expect(source.logged).toEqual([expect.stringMatching(/ended by SIGKILL/), '"fake" is connected again.'])
  })

  it.each([
    ['in the middle of its answer', 'exit-midcall', /exited with code 137/],
    ['while its own child holds its stdout', 'exit-midcall-grandchild', /exited with code 9/],
    ['while a child that has left its group holds its stdout and stderr', 'exit-midcall-daemon', /exited with code 9/],
  ])('may end %s', async (_, mode, message) => {
    const source = open(stdioConfig(mode))
    await listNames(source)
    const started = performance.now()
    await expect(source.call('echo', {}, call)).rejects.toThrow(message)
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  it('tells why it ended, though writing to it failed before', async () => {
    const source = open(stdioConfig('closes-input'))
    await listNames(source)
    await until(() => source.stderr.some(line => line.includes('closed')))
    await expect(source.call('echo', {}, call)).rejects.toThrow(/exited with code 4\. It last wrote: .*no licence/s)
  })

  it('may write to stderr as much as it likes', async () => {
    const source = open(stdioConfig('stderr-flood'))
    expect(await listNames(source)).toContain('echo')
  })

  it('that stops reading cannot fill our memory', async () => {
    const source = open(stdioConfig('stops-reading', { timeoutMs: 1_500 }), { maxMessageBytes: 100_000 })
    await listNames(source)
    const calls = Array.from({ length: 20 }, () => source.call('echo', { text: 'x'.repeat(90_000) }, call))
    const failures = await Promise.allSettled(calls)
    const messages = failures.map(failure => String(failure.status === 'rejected' && failure.reason.message))
    expect(messages.filter(message => message.includes('does not read its input')).length).toBeGreaterThan(10)
  })
})

describe('a stdio server that cannot be started', () => {
  it.each([
    [
      'crashes, and its last words tell why',
      'crash-start',
      {},
      /exited with code 3\. It last wrote: boom: missing API key/,
    ],
    ['is none, and says so on stdout', 'usage', {}, /exited with code 0\. It last wrote: usage: fake \[options\]/],
    ['speaks a revision that nobody knows', 'bad-version', {}, /speaks protocol revision "1999-01-01"/],
    ['never answers', 'hang-init', { startTimeoutMs: 300 }, /did not start within 300 ms|gave no answer/],
  ])('%s', async (_, mode, limits, message) => {
    const source = open(stdioConfig(mode, { env: { SECRET: 'canary-secret' } }), limits)
    await expect(source.list(call)).rejects.toThrow(message)
    expect(source.health()).toMatchObject({ state: 'failed', lastFailure: { stage: 'start' } })
    expect(JSON.stringify([source.health(), source.logged])).not.toContain('canary-secret')
    await expect(source.call('echo', {}, call)).rejects.toMatchObject({ message: expect.stringMatching(/^"fake"/) })
  })

  it.each([
    [
      'a command that is not there',
      { command: '/nonexistent/server' },
      /"\/nonexistent\/server" was not found on PATH.* Install it, or correct "command"/,
    ],
    ['a folder that is not there', { cwd: '/nonexistent' }, /its folder "\/nonexistent" does not exist/],
    ['a file that is no program', { command: resolve('package.json') }, /cannot be run \(EACCES\)/],
  ])('names %s', async (_, change, message) => {
    const source = open(stdioConfig('ok', change))
    await expect(source.list(call)).rejects.toThrow(message)
  })

  it('is not started in a loop when it ends right after each start', async () => {
    const source = open(stdioConfig('crash-after-list'), { retryMinMs: 150, retryMaxMs: 30_000 })
    let starts = 0
    source.onChange(() => {
      starts += 1
      source.list(call).catch(() => {})
    })
    await until(() => starts === 2)
    const second = performance.now()
    await until(() => starts === 3)
    expect(performance.now() - second).toBeGreaterThan(75)
  })
})

describe('a stdio server that misbehaves', () => {
  it.each([
    ['prints a banner and garbage', 'banner', 'hi'],
    ['answers with the id as text', 'string-id', 'hi'],
    ['answers twice', 'twice', 'first'],
  ])('%s, and is understood', async (_, mode, expected) => {
    const source = open(stdioConfig(mode))
    expect(await callText(source, 'echo', { say: 'hi' })).toContain(expected)
  })

  it.each([
    ['never answers', 'never-answers', 'SOURCE_TIMEOUT', /"fake" gave no answer to tools\/call within 400 ms/],
    ['answers another request', 'wrong-id', 'SOURCE_TIMEOUT', /within 400 ms/],
    ['answers with result and error', 'both', 'SOURCE_PROTOCOL', /a result and an error at once/],
    ['answers with an error that is none', 'bad-error', 'SOURCE_PROTOCOL', /cannot be read/],
    [
      'answers with too many bytes',
      'oversize',
      'SOURCE_PROTOCOL',
      /more than 100000 bytes \(limits\.maxMessageBytes\)/,
    ],
    ['answers with 20,000 levels', 'deep', 'SOURCE_PROTOCOL', /nests deeper than/],
    ['reports progress for ever', 'endless-progress', 'SOURCE_TIMEOUT', /within 400 ms/],
  ])('%s: that call fails, the connection lives on', async (_, mode, code, message) => {
    const source = open(stdioConfig(mode, { timeoutMs: 400 }), { maxMessageBytes: 100_000, callHardTimeoutMs: 400 })
    const pid = await callText(source, 'pid')
    const failing = source.call('echo', {}, { ...call, onProgress: () => {} })
    await expect(failing).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect(source.health()).toMatchObject({ state: 'degraded', lastFailure: { stage: 'call' } })
    expect(await callText(source, 'pid')).toBe(pid)
    expect(source.health().state).toBe('ready')
  })

  it('nests its progress 20,000 levels deep, and only that progress is lost', async () => {
    const source = open(stdioConfig('deep-progress'))
    const seen: Progress[] = []
    const result = await source.call('echo', {}, { ...call, onProgress: step => seen.push(step) })
    expect([textOf(result), seen]).toEqual(['hi', []])
  })

  it('sends __proto__, and nothing else changes by it', async () => {
    const source = open(stdioConfig('proto'))
    const result = await source.call('echo', {}, call)
    expect(result.isError).toBeUndefined()
    expect(Object.hasOwn(Object.prototype, 'isError')).toBe(false)
  })

  it.each([
    ['every page is read', 'pages', ['t0', 't1', 't2', 't3'], undefined],
    ['a repeated cursor ends the list', 'cursor-loop', ['a'], /repeats a cursor; the list ends at 1 tool\b/],
    ['endless pages end at the limit', 'cursor-endless', ['t1', 't2', 't3', 't4', 't5'], /more than 5 pages/],
    ['the first of two equal names stays', 'duplicates', ['a'], /repeats an earlier name; it is left out: "a"/],
    ['a list that is none is refused', 'not-a-list', undefined, /without a list of tools/],
  ])('lists oddly: %s', async (_, mode, names, message) => {
    const source = open(stdioConfig(mode), { maxPages: 5 })
    const listed = await listNames(source).catch((error: Error) => source.logged.push(error.message) && undefined)
    expect(listed).toEqual(names)
    if (message === undefined) expect(source.logged).toEqual([])
    else expect(source.logged.join()).toMatch(message)
  })

  it('stops at the most tools that a source may have', async () => {
    const source = open(stdioConfig('cursor-endless'), { maxToolsPerSource: 3 })
    expect(await listNames(source)).toEqual(['t1', 't2', 't3'])
    expect(source.logged.join()).toMatch(/more than 3 tools/)
  })

  it('lists malformed tools: they go, or lose the field that is wrong, and the others stay', async () => {
    const source = open(stdioConfig('bad-tools'))
    expect((await source.list(call)).map(({ tool }) => tool)).toEqual([
      { name: 'good', inputSchema: { type: 'object' } },
      { name: 'untyped', inputSchema: { type: 'object', properties: { a: {} } } },
    ])
    expect(source.logged.filter(message => message.includes('left out'))).toHaveLength(4)
  })

  it('says that its list changed 20,000 times, and its answers still come', async () => {
    const source = open(stdioConfig('storm'))
    let changes = 0
    source.onChange(() => {
      changes += 1
    })
    expect(await callText(source, 'echo')).toBe('sent')
    await until(() => changes >= 20_000)
  })
})
