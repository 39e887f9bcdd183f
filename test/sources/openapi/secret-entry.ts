import type { DocumentConfig } from '../../../src/sources/openapi/read-document.ts'
import { documentOf } from './helpers.ts'

/** An entry with every kind of value that nobody but the API may see. */
export const entryFullOfSecrets: Omit<DocumentConfig, 'document'> = {
  baseUrl: 'https://api.example.com/bot-secret-in-path/v1',
  serverVariables: { tenant: 'secret-of-variable' },
  headers: { 'X-Static': 'secret-of-header', cookie: 'session=secret-of-cookie' },
  forwardHeaders: ['x-forwarded-key'],
  credentials: {
    key: { kind: 'value', value: 'secret-of-key' },
    login: { kind: 'login', username: 'secret-user', password: 'secret-of-login' },
    client: {
      kind: 'client',
      clientId: 'secret-client',
      clientSecret: 'secret-of-client',
      tokenUrl: 'https://tokens.example/secret-token-url',
      auth: 'basic',
    },
  },
  tls: { ca: 'secret-ca', cert: 'secret-cert', key: 'secret-tls-key', passphrase: 'secret-passphrase' },
  allowHosts: [{ kind: 'host', host: 'secret-host.example' }],
}

/** Each of them, and what is made of them for a request. */
export const secretsOfEntry: readonly string[] = [
  'secret',
  Buffer.from('secret-of-key').toString('base64'),
  Buffer.from('secret-user:secret-of-login').toString('base64'),
  Buffer.from('secret-client:secret-of-client').toString('base64'),
]

/** A document whose schemes ask for all of it. */
export const documentWithSchemes: Record<string, unknown> = documentOf(
  {
    '/things': { get: { parameters: [{ name: 'X-Static', in: 'header', schema: {} }] } },
    '/other': { get: { security: [{ key: [], login: [] }], servers: [{ url: 'https://{tenant}.example' }] } },
  },
  {
    servers: [{ url: 'https://{tenant}.example.com/', variables: { tenant: { default: 'a' } } }],
    components: {
      securitySchemes: {
        key: { type: 'apiKey', in: 'query', name: 'key' },
        login: { type: 'http', scheme: 'basic' },
        client: { type: 'oauth2', flows: { clientCredentials: { tokenUrl: '/token' } } },
        session: { type: 'apiKey', in: 'cookie', name: 'session' },
        certificate: { type: 'mutualTLS' },
      },
    },
    security: [{ client: [] }],
  },
)
