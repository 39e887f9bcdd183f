import { z } from 'zod'
import type { ProviderName } from '../core/provider-name.ts'
import { providerNames } from '../core/provider-name.ts'
import type { EgressBlock } from './egress-schema.ts'
import { egressSchema } from './egress-schema.ts'
import type { LimitsBlock } from './limits-schema.ts'
import { limitsSchema } from './limits-schema.ts'
import type { PriceEntry } from './price-schema.ts'
import { priceSchema } from './price-schema.ts'
import type { Loose } from './schema-parts.ts'
import { flag, map, number, text, texts } from './schema-parts.ts'
import type { SourceEntry } from './source-schema.ts'
import { sourceSchema } from './source-schema.ts'

/** The whole of servers.json as written, aliases and clients' keys included. */
export const fileSchema: z.ZodType<ServersFile> = z
  .strictObject({
    $schema: text('The JSON Schema by which an editor checks and explains this file.'),
    mcpServers: sources('The sources, as Claude Desktop, Cursor and others write them: id to entry.'),
    servers: sources("The sources, as VS Code's mcp.json has them: id to entry."),
    mcp_servers: sources('The sources, as LiteLLM calls them: id to entry.'),
    inputs: z
      .array(inputSchema())
      .optional()
      .describe('VS Code: what a variable `input:id` stands for. Set PATCHBAY_INPUT_<ID>, or give a default.'),
    groups: z
      .record(z.string(), z.array(z.string()))
      .optional()
      .describe('Group name ([A-Za-z0-9_-]) to ids of sources: each is an endpoint, /mcp/<group>.'),
    models: mapOrList(modelKeys(), 'name', 'What callers put into `model`.')
      .optional()
      .describe('The models behind /v1/chat/completions and /v1/embeddings: a map of name to entry, or a list.'),
    keys: mapOrList(keyKeys(), 'id', 'What logs and lists call the key.')
      .optional()
      .describe('The keys of callers: a map of id to entry, or a list. Without any, only loopback is served.'),
    limits: limitsSchema.optional(),
    server: serverSchema().optional(),
    store: storeSchema().optional(),
    egress: egressSchema().optional(),
  })
  .describe('The configuration of Patchbay.')

/** The file as the schema lets it through. */
export type ServersFile = Loose<{
  mcpServers: Readonly<Record<string, SourceEntry>>
  servers: Readonly<Record<string, SourceEntry>>
  mcp_servers: Readonly<Record<string, SourceEntry>>
  groups: Readonly<Record<string, readonly string[]>>
  models: Readonly<Record<string, ModelEntry>> | readonly (ModelEntry & { name: string })[]
  keys: Readonly<Record<string, KeyEntry>> | readonly (KeyEntry & { id: string })[]
  limits: LimitsBlock
  server: ServerBlock
  store: Loose<{ path: string }>
  egress: EgressBlock
}>

/** One entry of `models`. */
export type ModelEntry = Loose<{
  model: string
  baseUrl: string
  api_base: string
  apiKey: string
  api_key: string
  headers: Readonly<Record<string, string>>
  maxTools: number | string
  price: PriceEntry
  weight: number | string
  retries: number | string
  firstEventTimeoutMs: number | string
  fallbacks: readonly string[]
  maxOutputTokens: number | string
  region: string
  aws_region_name: string
  accessKeyId: string
  aws_access_key_id: string
  secretAccessKey: string
  aws_secret_access_key: string
  sessionToken: string
  aws_session_token: string
  provider: ProviderName
  package: string
  factory: string
  settings: Readonly<Record<string, unknown>>
  deployments: readonly Omit<ModelEntry, 'deployments'>[]
}>

/** One entry of `keys`. */
export type KeyEntry = Loose<{
  servers: readonly string[]
  groups: readonly string[]
  tools: readonly string[]
  callerServers: boolean
}> & { readonly key: string }

/** The `server` block. */
export type ServerBlock = Loose<{
  host: string
  port: number | string
  publicUrl: string
  allowedHosts: readonly string[]
  allowedOrigins: readonly string[]
  stateKeys: readonly string[]
}>

function sources(description: string): z.ZodOptional<z.ZodRecord<z.ZodString, typeof sourceSchema>> {
  return z.record(z.string(), sourceSchema).optional().describe(description)
}

/** VS Code's own keys; of them only the id and the default have a meaning here. */
function inputSchema() {
  return z
    .strictObject({
      id: z.string().describe('The name by which variables `input:id` speak of it.'),
      type: text('VS Code: promptString, pickString or command. Without effect here.'),
      description: text('VS Code: the question.'),
      password: flag('VS Code: hide what is typed. Without effect here.'),
      default: text('What holds when PATCHBAY_INPUT_<ID> is not set.'),
      options: z.array(z.unknown()).optional().describe('VS Code: the choices. Without effect here.'),
      command: text('VS Code: a command of the editor. Without effect here.'),
      args: z.unknown().optional().describe('VS Code: arguments of that command. Without effect here.'),
    })
    .describe("One of VS Code's inputs.")
}

function modelKeys() {
  const keys = deploymentKeys()
  return {
    ...keys,
    deployments: z
      .array(z.strictObject(keys))
      .min(1)
      .optional()
      .describe('Several that share the turns of this name. Each takes from the entry what it does not say itself.'),
  }
}

function deploymentKeys() {
  return {
    provider: z
      .enum(providerNames)
      .optional()
      .describe(
        "Who answers. generic: any endpoint of OpenAI's format. ai-sdk: a package of the AI SDK. demo: answers without a model.",
      ),
    package: text('ai-sdk: the npm package, installed by you, such as @ai-sdk/cohere.'),
    factory: text('ai-sdk: its export that makes a provider. Default: the only `create...`.'),
    settings: z.record(z.string(), z.unknown()).optional().describe('ai-sdk: what else the factory is given.'),
    maxOutputTokens: number(
      1,
      10_000_000,
      'anthropic: what an answer may hold at most where the caller does not say. Default: by the model.',
    ),
    region: text('bedrock: the region, such as eu-central-1.'),
    aws_region_name: text('LiteLLM: the same as `region`.'),
    accessKeyId: text('bedrock: the access key that signs, where there is no `apiKey`.'),
    aws_access_key_id: text('LiteLLM: the same as `accessKeyId`.'),
    secretAccessKey: text('bedrock: its secret; best a variable.'),
    aws_secret_access_key: text('LiteLLM: the same as `secretAccessKey`.'),
    sessionToken: text('bedrock: the token of a temporary access key.'),
    aws_session_token: text('LiteLLM: the same as `sessionToken`.'),
    weight: number(1, 1_000, 'Its share of the turns, beside others of the name. Default: 1.'),
    fallbacks: texts('Names that answer where this one fails, in this order.'),
    retries: number(0, 10, 'New tries of one turn. Default: limits.modelRetries.'),
    firstEventTimeoutMs: number(1, 3_600_000, 'Until the first event of a turn. Default: limits.firstEventTimeoutMs.'),
    model: z.string().min(1).optional().describe("The provider's own name of the model. Default: the name here."),
    baseUrl: text("What the path of the operation (/chat/completions) is appended to. Default: the provider's own."),
    api_base: text('LiteLLM: the same as `baseUrl`.'),
    apiKey: text("The provider's key; best a variable, since the file is no place for secrets."),
    api_key: text('LiteLLM: the same as `apiKey`.'),
    headers: map('Headers sent with every request to the provider.'),
    price: priceSchema().optional(),
    maxTools: number(1, 10_000, "How many tools one request may carry. Default: the provider's own limit."),
  }
}

function keyKeys() {
  return {
    key: z.string().describe('The secret, at least 16 visible ASCII characters; best a variable.'),
    servers: texts('Ids of the sources this key may use. Absent: all of them.'),
    groups: texts('Groups whose sources this key may use, besides `servers`.'),
    tools: texts('Public names of the tools it may use; `*` matches anything.'),
    callerServers: flag(
      'Whether it may name MCP servers of its own (egress.callerServers). Default: only without the limits above.',
    ),
  }
}

/** An object of entries by name, or a list of entries that carry the name. */
function mapOrList<Shape extends z.ZodRawShape, Name extends string>(keys: Shape, name: Name, description: string) {
  const named = { [name]: z.string().describe(description) } as Record<Name, z.ZodString>
  return z.union([z.record(z.string(), z.strictObject(keys)), z.array(z.strictObject({ ...keys, ...named }))])
}

function storeSchema() {
  return z
    .strictObject({
      path: text("An SQLite file, or `:memory:` for none. Default: a file in the user's state folder."),
    })
    .describe('Where names and definitions are kept from one run to the next.')
}

function serverSchema() {
  return z
    .strictObject({
      host: z.string().min(1).optional().describe('The address to listen on. Default: 127.0.0.1. Others need keys.'),
      port: number(0, 65_535, 'The port; 0 takes a free one. Default: 4000.'),
      publicUrl: text('The URL that clients use when a proxy stands in front.'),
      allowedHosts: texts('Names accepted in the Host header, besides loopback names and that of publicUrl.'),
      allowedOrigins: texts('Origins of web pages that may call, such as https://app.example.com. Default: none.'),
      stateKeys: texts(
        'Secrets of at least 32 characters that seal what clients keep for us. The first seals, all open. Default: one of this process.',
      ),
    })
    .describe('Where to listen, and under which names.')
}
