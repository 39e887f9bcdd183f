import { describe, expect, it, onTestFinished } from 'vitest'
import { GatewayError } from '../../../src/core/errors.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { listen } from '../../../src/sources/mcp/listen.ts'
import type { RequestOptions } from '../../../src/sources/mcp/peer.ts'
import type { Session } from '../../../src/sources/mcp/session.ts'
import { until } from './helpers.ts'

type Asked = { uris: unknown; open: boolean; end: () => void; tell: NonNullable<RequestOptions['onNotification']> }

/** Follows a modern server that refuses to follow a URI `no`. */
function follow() {
  const ended = new AbortController()
  onTestFinished(() => ended.abort())
  const asked: Asked[] = []
  const told: string[] = []
  let gaps = 0
  let uris: readonly string[] = []
  const request = (_method: string, { notifications }: JsonObject, { signal, onNotification }: RequestOptions) =>
    new Promise<JsonObject>((resolve, reject) => {
      const followed = ((notifications as JsonObject).resourceSubscriptions ?? []) as string[]
      const close = (): void => {
        mine.open = false
        resolve({})
      }
      const mine: Asked = { uris: followed, open: true, end: close, tell: onNotification ?? (() => {}) }
      asked.push(mine)
      if (followed.includes('no')) {
        mine.open = false
        return reject(new GatewayError('SOURCE_ERROR', 'no such resource'))
      }
      signal.addEventListener('abort', close)
      setTimeout(() => onNotification?.('notifications/subscriptions/acknowledged', {}), 1)
    })
  const capabilities = { tools: { listChanged: true }, resources: { subscribe: true } }
  const session = { ended: ended.signal, capabilities, request } as unknown as Session
  const anew = listen(session, {
    uris: () => uris,
    onNotification: method => void told.push(method),
    onGap: () => {
      gaps += 1
    },
    onStand: () => {},
    log: () => {},
    retryMs: 10,
    batchMs: 1,
  })
  return {
    asked,
    told,
    gaps: () => gaps,
    to(...given: string[]) {
      uris = given
      anew()
    },
    open: () => asked.filter(each => each.open).map(each => each.uris),
  }
}

const settled = () => new Promise(resolve => setTimeout(resolve, 40))

describe('a larger set that a modern server refuses to follow', () => {
  it('leaves what was followed before, and is not asked for again', async () => {
    const { asked, told, gaps, open, to } = follow()
    to('a')
    await until(() => asked.length === 2 && !asked[0]?.open)
    to('a', 'no')
    await settled()
    to('a', 'no')
    await settled()
    asked[1]?.tell('notifications/tools/list_changed', {})
    expect([open(), told, gaps()]).toEqual([[['a']], ['notifications/tools/list_changed'], 1])
    expect(asked.map(each => each.uris)).toEqual([[], ['a'], ['a', 'no']])
  })

  it('gives way to the next set, and back to what is followed', async () => {
    const { asked, open, to } = follow()
    to('a', 'no')
    await until(() => asked.length === 2)
    to()
    await settled()
    to('a', 'b')
    await until(() => asked.length === 3)
    await settled()
    expect([open(), asked.map(each => each.uris)]).toEqual([[['a', 'b']], [[], ['a', 'no'], ['a', 'b']]])
  })

  it('leaves the former one to be asked for again when it ends', async () => {
    const { asked, open, to } = follow()
    to('a')
    await until(() => asked.length === 2 && !asked[0]?.open)
    to('a', 'no')
    await settled()
    asked[1]?.end()
    await until(() => asked.length > 3)
    await settled()
    expect([open(), asked.map(each => each.uris)]).toEqual([[['a']], [[], ['a'], ['a', 'no'], ['a']]])
  })
})
