import { z } from 'zod'
import type { CredentialEntry } from './credential-schema.ts'
import { credentialsSchema } from './credential-schema.ts'
import type { FilterEntry } from './filter-schema.ts'
import { filterKeys } from './filter-schema.ts'
import { authKeys, clientKeys } from './foreign-keys.ts'
import type { Loose } from './schema-parts.ts'
import { flag, map, number, same, text, texts } from './schema-parts.ts'

/**
 * One entry of `mcpServers` or `servers`, as written: our keys, LiteLLM's names for the same things, and the keys that
 * clients write for themselves. Which of them go together is decided in `resolve-source.ts`.
 */
export const sourceSchema: z.ZodType<SourceEntry> = z
  .strictObject({ ...localKeys(), ...remoteKeys(), ...openApiKeys(), ...commonKeys(), ...authKeys(), ...clientKeys() })
  .describe('One source: an MCP server to start (command), one at a URL (url), or an HTTP API (openapi).')

/** An entry as the schema lets it through. */
export type SourceEntry = Loose<{
  command: string
  args: readonly string[]
  env: Readonly<Record<string, string | number | null>>
  envFile: string
  cwd: string
  url: string
  type: string
  transport: string
  headers: Readonly<Record<string, string>>
  static_headers: Readonly<Record<string, string>>
  protocol: 'auto' | 'legacy' | 'modern'
  openapi: string | Readonly<Record<string, unknown>>
  spec_path: string
  baseUrl: string
  watch: boolean
  schemaMode: 'auto' | 'refs' | 'inline'
  outputSchemas: boolean
  allowHosts: readonly string[]
  tls: TlsBlock
  credentials: Readonly<Record<string, CredentialEntry>>
  forwardHeaders: boolean | readonly string[]
  extra_headers: readonly string[]
  strictAuth: boolean
  followRedirects: boolean
  server: number | string
  serverVariables: Readonly<Record<string, string>>
  arrayFormat: 'brackets' | 'indices' | 'repeat'
  externalRefs: boolean
  maxRetries: number | string
  alias: string
  description: string
  disabled: boolean
  enabled: boolean
  timeoutMs: number | string
  timeout: number
  maxConcurrentCalls: number | string
  idleTimeoutMs: number | string
  perSession: boolean
  perSessionClient: boolean
  allowedTools: readonly string[]
  allowed_tools: readonly string[]
  includeTools: readonly string[]
  tools: readonly string[]
  disallowedTools: readonly string[]
  disallowed_tools: readonly string[]
  excludeTools: readonly string[]
  disabledTools: readonly string[]
  mode: 'tools' | 'search' | 'auto'
  groups: readonly string[]
  lock: 'off' | 'warn' | 'enforce'
  access_groups: readonly string[]
  auth_type: string
  auth_value: string
  authentication_token: string
  auth: unknown
  oauth: unknown
  allowed_params: unknown
}> &
  FilterEntry

/** The `tls` of an entry. */
export type TlsBlock = Loose<{ ca: string; cert: string; key: string; passphrase: string }>

function localKeys() {
  return {
    command: text('The program to start as an MCP server, found by PATH or relative to `cwd`.'),
    args: texts('Its arguments. No shell reads them.'),
    env: z
      .record(z.string(), z.union([z.string(), z.number(), z.null()]))
      .optional()
      .describe("The child's environment besides PATH, HOME, LANG and TMPDIR; the gateway's own is not inherited."),
    envFile: text('A file of KEY=VALUE lines for the environment; `env` wins over it.'),
    cwd: text('The directory to start it in, relative to the file. Default: the directory of the file.'),
    idleTimeoutMs: number(
      1,
      2_147_483_647,
      'Milliseconds without a use after which the program is stopped; the next use starts it. Default: never.',
    ),
  }
}

function remoteKeys() {
  return {
    url: text('The URL of an MCP server. In an entry with `openapi` or `spec_path`: another name for `baseUrl`.'),
    type: z
      .enum(['stdio', 'local', 'http', 'sse', 'streamable-http', 'streamableHttp', 'streamable_http'])
      .optional()
      .describe('How to speak to it. Without it, streamable HTTP is tried first, then HTTP+SSE.'),
    transport: z.enum(['stdio', 'http', 'sse', 'streamable-http', 'streamable_http']).optional().describe(same('type')),
    headers: map('Headers sent with every request to this source.'),
    static_headers: map(same('headers')),
    protocol: z
      .enum(['auto', 'legacy', 'modern'])
      .optional()
      .describe('The era of MCP to speak: `auto` asks for 2026-07-28 and falls back. Default: auto.'),
    perSession: flag('true gives each client a child or session of its own. Default: false, one for all.'),
    perSessionClient: flag('MCPHub: the same as `perSession`.'),
  }
}

function openApiKeys() {
  return {
    openapi: z
      .union([z.string(), z.record(z.string(), z.unknown())])
      .optional()
      .describe('An OpenAPI document: a path relative to the file, an http(s) URL, or the document itself.'),
    spec_path: text('LiteLLM: the same as `openapi`, with `url` as the base URL.'),
    watch: flag('false reads the document once; otherwise a file is watched and a URL asked again. Default: true.'),
    ...filterKeys(),
    baseUrl: text("The API's base URL; wins over the servers that the document names."),
    schemaMode: z
      .enum(['auto', 'refs', 'inline'])
      .optional()
      .describe(
        'How shared schemas are shown: small ones in place (auto), all under $defs (refs), or all in place (inline). Default: auto.',
      ),
    outputSchemas: flag('true describes answers in an outputSchema. Default: false.'),
    allowHosts: texts('Hosts off the public internet that its calls may reach, besides that of `baseUrl`.'),
    tls: z
      .strictObject({
        ca: text("The authorities to trust in place of the system's: PEM, or a path to it."),
        cert: text('The client certificate, shown to hosts that this file names: PEM, or a path to it.'),
        key: text('Its private key: PEM, or a path to it.'),
        passphrase: text('Opens the private key.'),
      })
      .optional()
      .describe('TLS towards the API: a private authority, a client certificate.'),
    credentials: credentialsSchema,
    forwardHeaders: z
      .union([z.boolean(), z.array(z.string())])
      .optional()
      .describe("Names of the caller's headers to pass on; true: only those sent as `x-mcp-<id>-<header>`."),
    extra_headers: texts('LiteLLM: the same as `forwardHeaders`. Elsewhere not supported yet; gives a warning.'),
    strictAuth: flag('true refuses a call for which the document asks for credentials that are missing.'),
    followRedirects: flag(
      "true follows redirects of GET and HEAD inside the API's own origin, at most 3. Default: false.",
    ),
    server: z
      .union([z.int().min(0), z.string()])
      .optional()
      .describe('Which server of the document: its index from 0, or its URL, name or description. Default: the first.'),
    serverVariables: map("Values for the variables of the servers' URLs. Default: what the document says."),
    arrayFormat: z
      .enum(['brackets', 'indices', 'repeat'])
      .optional()
      .describe('How lists inside a deepObject are sent: `a[]=1`, `a[0]=1` or `a=1`. Default: brackets.'),
    maxRetries: number(
      0,
      10,
      'How often a call is sent again that may be; 0 for never. Overrides `limits.maxCallRetries`.',
    ),
    externalRefs: flag(
      "true reads the files that the document refers to, inside its own directory or at its URL's origin. Default: false.",
    ),
  }
}

function commonKeys() {
  return {
    alias: text('LiteLLM: the id that clients see instead of the key of the entry.'),
    description: text('What it is for. Shown to people.'),
    disabled: flag('true leaves the entry out; its variables need not be set.'),
    enabled: flag('false is the same as `disabled: true`.'),
    timeoutMs: number(1, 2_147_483_647, 'Time for one call in milliseconds; overrides `limits.callTimeoutMs`.'),
    timeout: z.number().positive().optional().describe('LiteLLM, Cline: the same in seconds.'),
    maxConcurrentCalls: number(1, 2_147_483_647, 'Calls that run at once; overrides `limits.maxConcurrentCalls`.'),
    allowedTools: texts('The only tools offered, by their own name or the public one; `*` matches anything.'),
    allowed_tools: texts(same('allowedTools')),
    includeTools: texts(same('allowedTools')),
    tools: texts(same('allowedTools')),
    disallowedTools: texts('Tools not offered; without effect beside `allowedTools`.'),
    disallowed_tools: texts(same('disallowedTools')),
    excludeTools: texts(same('disallowedTools')),
    disabledTools: texts(same('disallowedTools')),
    lock: z
      .enum(['off', 'warn', 'enforce'])
      .optional()
      .describe('What happens to a tool that differs from patchbay.lock.json. enforce holds it back. Default: warn.'),
    mode: z
      .enum(['tools', 'search', 'auto'])
      .optional()
      .describe(
        'How the tools are offered: `tools` lists them, `search` offers three tools to find and call them with, `auto` does so where they are many. Default: tools.',
      ),
    groups: texts('Groups that this source joins, besides those of the `groups` block.'),
    access_groups: texts(same('groups')),
  }
}
