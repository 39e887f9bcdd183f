import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../src/core/errors.ts'
import { fakeClient, silent } from '../../fakes/client-link.ts'
import { featureConfig, never, open, receivedBy, until } from './helpers.ts'

const elicit = {
  method: 'elicitation/create',
  params: { message: 'Well?', 'x-kept': 1, _meta: { 'a/b': 1, progressToken: 7 } },
}

/** What the server was answered. */
async function answersOf(source: ReturnType<typeof open>, args: object, client = fakeClient()): Promise<unknown[]> {
  const { structuredContent } = await source.call('ask', { ...args }, { signal: never, client })
  return (structuredContent as { answers: unknown[] }).answers
}

describe('what an old server asks over stdio', () => {
  it.each(['elicitation/create', 'sampling/createMessage', 'roots/list'])(
    'goes to the client of the only call, and its answer back: %s',
    async method => {
      const client = fakeClient('one', { ask: async () => ({ whatever: [1], 'x-unknown': true }) })
      const source = open(featureConfig('old'))
      expect(await answersOf(source, { ...elicit, method }, client)).toEqual([{ whatever: [1], 'x-unknown': true }])
      expect(client.asked).toMatchObject([{ method, params: { message: 'Well?', 'x-kept': 1, _meta: { 'a/b': 1 } } }])
      expect(client.asked[0]?.params._meta).toEqual({ 'a/b': 1 })
    },
  )

  it.each([
    ['with its own token, in order and before the answer', 7, [1, 2]],
    ['unless it has given none', undefined, []],
  ])('is told of the progress of the client %s', async (_, progressToken, told) => {
    const client = fakeClient('one', {
      ask: async (_method, _params, { onProgress }) => {
        for (const progress of [1, 2]) onProgress?.({ progress, total: 2, 'x-kept': true })
        return { action: 'accept' }
      },
    })
    const source = open(featureConfig('old'))
    const params = { message: 'Well?', _meta: { progressToken } }
    expect(await answersOf(source, { ...elicit, params }, client)).toEqual([{ action: 'accept' }])
    const received = await receivedBy(source)
    const progress = received.filter(({ method }) => method === 'notifications/progress')
    expect(progress.map(({ params }) => params)).toEqual(
      told.map(step => ({ progress: step, total: 2, 'x-kept': true, progressToken: 7 })),
    )
    const answered = received.findIndex(message => message.method === undefined)
    expect(received.findLastIndex(({ method }) => method === 'notifications/progress')).toBeLessThan(answered)
  })

  it('is declared to be answered, whoever will call', async () => {
    const [initialize] = await receivedBy(open(featureConfig('old')), 'initialize')
    expect(initialize?.params?.capabilities).toEqual({
      elicitation: { form: {}, url: {} },
      sampling: { context: {}, tools: {} },
      roots: {},
    })
  })

  it('waits until the calls of others have ended, and goes to the one that is left', async () => {
    const source = open(featureConfig('old'))
    const [one, two] = [fakeClient('one'), fakeClient('two')]
    const slow = source.call('slow', { ms: 300 }, { signal: never, client: two })
    expect(await answersOf(source, elicit, one)).toEqual([{ action: 'accept', by: 'one' }])
    expect([one.asked.length, two.asked.length]).toEqual([1, 0])
    await slow
  })

  it('waits no longer when the server does not want to know any more', async () => {
    const source = open(featureConfig('old'))
    const [one, two] = [fakeClient('one'), fakeClient('two')]
    const slow = source.call('slow', { ms: 500 }, { signal: never, client: two })
    await source.call('ask_and_cancel', {}, { signal: never, client: one })
    await slow
    expect([one.asked, two.asked]).toEqual([[], []])
    const answers = (await receivedBy(source)).filter(({ method }) => method === undefined)
    expect(answers).toEqual([])
  })

  it('goes to the one client that has several calls running, after a while', async () => {
    const source = open(featureConfig('old'), { askWaitMs: 100 })
    const [first, second] = [fakeClient('one'), fakeClient('one')]
    const waiting = source.call('wait', {}, { signal: never, client: first })
    waiting.catch(() => {})
    expect(await answersOf(source, elicit, second)).toEqual([{ action: 'accept', by: 'one' }])
  })

  it.each([
    ['several clients', fakeClient('two')],
    ['a caller who has no client', undefined],
  ])('is refused while a call of %s runs beside it, and the error says what to do', async (_, other) => {
    const source = open(featureConfig('old'), { askWaitMs: 100 })
    const client = fakeClient()
    source.call('wait', {}, { signal: never, ...(other && { client: other }) }).catch(() => {})
    expect(await answersOf(source, elicit, client)).toEqual([
      {
        error: {
          code: -32603,
          message: expect.stringMatching(/several clients .* "perSession": true in the entry of "fake"/),
        },
      },
    ])
    expect([client.asked, other?.asked ?? []]).toEqual([[], []])
  })

  it('is refused when the caller has no client', async () => {
    const source = open(featureConfig('old'))
    const { structuredContent } = await source.call('ask', elicit, { signal: never })
    expect(structuredContent).toEqual({ answers: [{ error: { code: -32601, message: expect.any(String) } }] })
  })

  it('is refused when no call runs, at the start', async () => {
    const source = open(featureConfig('old', 'asks-at-start'))
    await until(async () => JSON.stringify(await receivedBy(source)).includes('"ask-1"'))
    expect(JSON.stringify(await receivedBy(source))).toContain('No client that can be asked has a call running here.')
  })

  it.each([
    ['elicitation', {}, elicit, -32601],
    ['elicitation by a URL', { elicitation: {} }, { ...elicit, params: { mode: 'url', url: 'https://x' } }, -32602],
    ['elicitation by a form', { elicitation: { url: {} } }, elicit, -32602],
    ['sampling with tools', { sampling: {} }, { method: 'sampling/createMessage', params: { tools: [] } }, -32602],
    [
      'sampling with a choice of tools',
      { sampling: {} },
      { method: 'sampling/createMessage', params: { toolChoice: {} } },
      -32602,
    ],
    ['roots', { sampling: {} }, { method: 'roots/list', params: {} }, -32601],
  ])('is refused at once by a client that lacks it: %s', async (_, capabilities, args, code) => {
    const client = fakeClient('one', { capabilities })
    expect(await answersOf(open(featureConfig('old')), args, client)).toMatchObject([{ error: { code } }])
    expect(client.asked).toEqual([])
  })

  it.each([
    [
      'its error goes back whole',
      new GatewayError('CLIENT_REFUSED', 'no', { data: { code: -1, message: 'User rejected', data: [1] } }),
      { code: -1, message: 'User rejected', data: [1] },
    ],
    [
      'what else goes wrong is told in words',
      new Error('the stream is gone'),
      { code: -32603, message: 'the stream is gone' },
    ],
  ])('may be refused by the client: %s', async (_, error, expected) => {
    const client = fakeClient('one', { ask: () => Promise.reject(error) })
    expect(await answersOf(open(featureConfig('old')), elicit, client)).toEqual([{ error: expected }])
  })

  it('may be asked so many times in one call, and no more', async () => {
    const source = open(featureConfig('old'), { maxAsksPerCall: 2 })
    const answers = await answersOf(source, { ...elicit, times: 3 })
    expect(answers.map(answer => 'error' in (answer as object))).toEqual([false, false, true])
    expect(JSON.stringify(answers[2])).toContain('limits.maxAsksPerCall')
  })

  it('may take longer than the call would without it', async () => {
    const client = fakeClient('one', {
      ask: () => new Promise(resolve => setTimeout(() => resolve({ action: 'accept' }), 600)),
    })
    const source = open(featureConfig('old', 'none', { timeoutMs: 300 }))
    expect(await answersOf(source, elicit, client)).toEqual([{ action: 'accept' }])
  })

  it('ends at the hard limit of the call, which ends the question too', async () => {
    const client = fakeClient('one', { ask: silent })
    const source = open(featureConfig('old', 'none', { timeoutMs: 200 }), { callHardTimeoutMs: 400 })
    await expect(answersOf(source, elicit, client)).rejects.toMatchObject({
      code: 'SOURCE_TIMEOUT',
      message: '"fake" gave no answer to tools/call within 400 ms (limits.callHardTimeoutMs).',
    })
    expect(client.asked[0]?.signal.aborted).toBe(true)
  })

  it('has a time of its own, after which the server may go on without', async () => {
    const client = fakeClient('one', { ask: () => new Promise(() => {}) })
    const source = open(featureConfig('old'), { askTimeoutMs: 100 })
    expect(await answersOf(source, elicit, client)).toEqual([
      { error: { code: -32603, message: expect.stringContaining('limits.askTimeoutMs') } },
    ])
  })

  it('is cancelled at the client when the server cancels it, and when the call is cancelled', async () => {
    const source = open(featureConfig('old'))
    const client = fakeClient('one', { ask: silent })
    await source.call('ask_and_cancel', {}, { signal: never, client })
    expect(client.asked[0]?.signal.aborted).toBe(true)
    const caller = new AbortController()
    const asking = source.call('ask', elicit, { signal: caller.signal, client })
    await until(() => client.asked.length === 2)
    expect(client.asked[1]?.signal.aborted).toBe(false)
    caller.abort()
    await expect(asking).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(client.asked[1]?.signal.aborted).toBe(true)
    // Whoever cancelled, the server is sent no answer.
    const answers = (await receivedBy(source)).filter(({ method }) => method === undefined)
    expect(answers).toEqual([])
  })

  it('by a URL is completed for the client that was asked, also when its call has ended', async () => {
    const source = open(featureConfig('old'))
    const [one, two] = [fakeClient('one'), fakeClient('two')]
    const params = { mode: 'url', url: 'https://x', elicitationId: 'e1', message: 'Go there.' }
    await answersOf(source, { method: 'elicitation/create', params }, one)
    const complete = { method: 'notifications/elicitation/complete', params: { elicitationId: 'e1' } }
    await source.call('emit', complete, { signal: never, client: two })
    await source.call('emit', { ...complete, params: { elicitationId: 'e2' } }, { signal: never, client: two })
    expect(one.notes).toEqual([complete])
    expect(two.notes).toEqual([{ ...complete, params: { elicitationId: 'e2' } }])
  })

  it('by an error that names URLs is completed for the client that got it', async () => {
    const source = open(featureConfig('old'))
    const [one, two] = [fakeClient('one'), fakeClient('two')]
    const elicitation = { mode: 'url', url: 'https://x', elicitationId: 'e1', message: 'Log in.' }
    const refused = source.call('needs_url', elicitation, { signal: never, client: one })
    await expect(refused).rejects.toMatchObject({ data: { code: -32042, data: { elicitations: [elicitation] } } })
    const complete = { method: 'notifications/elicitation/complete', params: { elicitationId: 'e1' } }
    await source.call('emit', complete, { signal: never, client: two })
    expect([one.notes, two.notes]).toEqual([[complete], []])
  })

  it('by a URL is completed on the stream of a call that its client has running', async () => {
    const source = open(featureConfig('old'))
    const [before, now] = [fakeClient('one'), fakeClient('one')]
    const params = { mode: 'url', url: 'https://x', elicitationId: 'e1', message: 'Go there.' }
    await answersOf(source, { method: 'elicitation/create', params }, before)
    const complete = { method: 'notifications/elicitation/complete', params: { elicitationId: 'e1' } }
    await source.call('emit', complete, { signal: never, client: now })
    expect([before.notes, now.notes]).toEqual([[], [complete]])
  })
})
