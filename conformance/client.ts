import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { z } from 'zod'
import { startPatchbay } from './serve-pair.ts'

// node conformance/client.ts URL
// The "client" of the client scenarios: Patchbay with the suite's server as its only upstream, and a client that uses
// through it whatever is listed there. The suite says by environment variables which scenario and revision it is.

// biome-ignore lint/suspicious/noExplicitAny: messages are passed on as they are.
type Json = Record<string, any>

const url = process.argv.at(-1)
const { MCP_CONFORMANCE_SCENARIO: scenario = '', MCP_CONFORMANCE_CONTEXT: given } = process.env
const era = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION === '2026-07-28' ? 'modern' : 'legacy'
const planned: Json[] = given === undefined ? [] : (JSON.parse(given).toolCalls ?? [])
const anything = z.looseObject({})

const directory = mkdtempSync(join(tmpdir(), 'patchbay-conformance-'))
const patchbay = await startPatchbay({ url, protocol: era }, directory)
try {
  const client = await connect()
  await useTools(client)
  await useOthers(client)
  await client.close()
} finally {
  await patchbay.stop()
  rmSync(directory, { recursive: true, force: true })
}

/**
 * A client of the same era, except where headers are the subject: a modern client of the SDK leaves out tools with bad
 * ones by itself, and it would hide whether we do.
 */
async function connect(): Promise<Client> {
  const isModern = era === 'modern' && !scenario.endsWith('-headers')
  const client = new Client(
    { name: 'conformance-driver', version: '1' },
    {
      versionNegotiation: { mode: isModern ? { pin: '2026-07-28' } : 'legacy' },
      capabilities: { elicitation: { form: { applyDefaults: true } }, sampling: {}, roots: {} },
    },
  )
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: {} }))
  await client.connect(new StreamableHTTPClientTransport(new URL(`${patchbay.origin}/mcp/up`)))
  return client
}

async function useTools(client: Client): Promise<void> {
  const { tools } = (await client.request({ method: 'tools/list' }, anything)) as unknown as { tools: Json[] }
  console.log('listed', tools.map(({ name }) => name).join(', '))
  const calls = tools.map(tool => {
    const plan = planned.find(({ name }) => name === tool.name)
    return { name: tool.name, arguments: plan?.arguments ?? sampleArguments(tool.inputSchema, tools) }
  })
  for (const params of calls)
    await report(`tools/call ${params.name}`, client.request({ method: 'tools/call', params }, anything))
}

/** Prompts and resources, where the server has them. */
async function useOthers(client: Client): Promise<void> {
  const list = async (method: string, field: string): Promise<Json[]> =>
    (((await report(method, client.request({ method }, anything))) as Json | undefined)?.[field] ?? []) as Json[]
  for (const { name } of await list('prompts/list', 'prompts'))
    await report(`prompts/get ${name}`, client.request({ method: 'prompts/get', params: { name } }, anything))
  for (const { uri } of await list('resources/list', 'resources'))
    await report(`resources/read ${uri}`, client.request({ method: 'resources/read', params: { uri } }, anything))
}

/** The suite looks at what its server saw; what came of it here is only told. */
async function report(what: string, answer: Promise<unknown>): Promise<unknown> {
  try {
    const result = await answer
    console.log(what, JSON.stringify(result).slice(0, 300))
    return result
  } catch (error) {
    console.log(what, 'failed:', (error as Error).message)
    return undefined
  }
}

/** A value for each required property. A schema that is asked for is that of the first tool, as it was listed. */
function sampleArguments(schema: Json, tools: readonly Json[]): Json {
  const samples: Json = { number: 3, integer: 3, string: 'text', boolean: true, array: [], object: {}, null: null }
  return Object.fromEntries(
    ((schema.required ?? []) as string[]).map(name => [
      name,
      name === 'schema' ? tools[0]?.inputSchema : samples[schema.properties?.[name]?.type],
    ]),
  )
}
