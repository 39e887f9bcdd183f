import { afterEach, describe, expect, it } from 'vitest'
import { authorizeBedrock, bedrockUrl } from '../../../src/providers/bedrock/bedrock-access.ts'
import type { FakeBedrock } from '../../fakes/bedrock.ts'
import { startFakeBedrock } from '../../fakes/bedrock.ts'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' }
const body = JSON.stringify({ messages: [{ role: 'user', content: [{ text: 'grüß' }] }] })
const arn = 'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0'
let fake: FakeBedrock
afterEach(() => fake.close())

describe('a request to Bedrock', () => {
  it.each(['amazon.nova-lite-v1:0', arn])('is signed so that AWS accepts it: %s', async model => {
    fake = await startFakeBedrock({ region: 'eu-west-1', secretAccessKey: 'secret' }, { json: {} })
    const url = new URL(`${fake.url}/model/${encodeURIComponent(model)}/converse`)
    const headers = await authorizeBedrock(
      { region: 'eu-west-1', credentials },
      { url, headers: { 'content-type': 'application/json' }, body },
    )
    expect(headers['x-amz-security-token']).toBe('session')
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200)
    expect((await fetch(url, { method: 'POST', headers, body: `${body} ` })).status).toBe(403)
  })

  it('takes an API key in place of credentials', async () => {
    fake = await startFakeBedrock({ region: 'eu-west-1', apiKey: 'bedrock-api-key-1' }, { json: {} })
    const url = new URL(`${fake.url}/model/m/converse`)
    const access = { region: 'eu-west-1', apiKey: 'bedrock-api-key-1', credentials }
    const headers = await authorizeBedrock(access, { url, headers: {}, body })
    expect(headers).toEqual({ authorization: 'Bearer bedrock-api-key-1' })
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200)
  })

  it('goes to the address of its region', async () => {
    fake = await startFakeBedrock({ region: 'eu-west-1' })
    expect(bedrockUrl('us-east-1')).toBe('https://bedrock-runtime.us-east-1.amazonaws.com')
  })
})
