import { z } from 'zod'
import type { Loose } from './schema-parts.ts'
import { text } from './schema-parts.ts'

/** One value of `credentials`, as written. */
export type CredentialEntry =
  | string
  | Loose<{
      username: string
      password: string
      clientId: string
      clientSecret: string
      tokenUrl: string
      scopes: string | readonly string[]
      audience: string
      auth: 'basic' | 'body'
      fromHeader: string
    }>

/** The `credentials` of an entry. Which keys go together is decided in `resolve-credentials.ts`. */
export const credentialsSchema: z.ZodOptional<z.ZodType<Readonly<Record<string, CredentialEntry>>>> = z
  .record(z.string(), z.union([z.string(), z.strictObject(credentialKeys())]))
  .describe("What to send for the document's security schemes, each by its name: a key or token, or an object.")
  .optional()

function credentialKeys() {
  return {
    username: text('For basic: the user.'),
    password: text('For basic: the password.'),
    clientId: text('For a token that is fetched (OAuth client credentials): the id of the client.'),
    clientSecret: text('Its secret.'),
    tokenUrl: text('Where the token is fetched: https, or http on loopback. Default: the one the document names.'),
    scopes: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .describe(
        'The scopes to ask for: a list, or text with spaces between. Default: those that the operation asks for.',
      ),
    audience: text('The audience to ask for, where the server wants one.'),
    auth: z
      .enum(['basic', 'body'])
      .optional()
      .describe('Where the id and secret are sent: `basic` (default), in a header; `body`, in the form.'),
    fromHeader: text("The value comes with each call, in this header of the caller's request."),
  }
}
