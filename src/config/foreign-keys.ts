import { z } from 'zod'
import { same, text } from './schema-parts.ts'

/** LiteLLM's keys for credentials, and what others say of OAuth. */
export function authKeys(): Record<string, z.ZodOptional<z.ZodType>> {
  return {
    auth_type: text(
      'LiteLLM: none, bearer_token, api_key, basic, authorization or token; makes a header of auth_value.',
    ),
    auth_value: text('LiteLLM: the credential that `auth_type` speaks of.'),
    authentication_token: text(same('auth_value')),
    auth: unread('Cursor: OAuth settings. Without effect here.'),
    oauth: unread('VS Code, Claude Code: OAuth settings. Without effect here.'),
    allowed_params: unread('LiteLLM: parameters allowed for each tool. Not supported yet; gives an error.'),
  }
}

/** What clients write for themselves. */
export function clientKeys(): Record<string, z.ZodOptional<z.ZodUnknown>> {
  const keys = [
    'autoApprove',
    'alwaysAllow',
    'gallery',
    'version',
    'dev',
    'trust',
    'watchPaths',
    'mcp_info',
    'name',
    'title',
    'icon',
    'tags',
  ]
  return Object.fromEntries(keys.map(key => [key, unread('Written by a client for itself. Without effect here.')]))
}

function unread(description: string): z.ZodOptional<z.ZodUnknown> {
  return z.unknown().optional().describe(description)
}
