import { GatewayError } from '../../core/errors.ts'
import { hideSecrets } from '../../core/secrets.ts'
import { isUrl } from '../../core/url.ts'
import type { DocumentConfig } from './read-document.ts'
import { urlSecretsOf } from './security/secrets.ts'

/**
 * Does what has to do with the document of an entry. An error of it names the document, and where its URL holds a secret
 * `***` stands in its place.
 */
export async function hideInErrors<T>(config: DocumentConfig, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown
    const { document } = config
    const secrets = urlSecretsOf(config, 'at' in document && isUrl(document.at) ? document.at : undefined)
    const message = hideSecrets(thrown.message, secrets, '***')
    throw message === thrown.message
      ? thrown
      : new GatewayError(thrown.code, message, { cause: thrown, data: thrown.data })
  }
}
