import type { ModelConfig, Provider } from '../../core/model.ts'
import type { ProviderOptions } from '../wire/http-provider.ts'
import { httpProvider } from '../wire/http-provider.ts'
import { bedrockCodec } from './bedrock.ts'
import { authorizeBedrock, bedrockUrl } from './bedrock-access.ts'
import { embedBedrock } from './embed-bedrock.ts'

/** Amazon Bedrock, in the region of the entry; the configuration has seen to it that there is one. */
export function bedrockProvider(config: ModelConfig, options: ProviderOptions = {}): Provider {
  const { apiKey, aws } = config
  const { region = '', accessKeyId, secretAccessKey, sessionToken } = aws ?? {}
  const access = {
    region,
    ...(apiKey !== undefined && { apiKey }),
    ...(accessKeyId !== undefined &&
      secretAccessKey !== undefined && {
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
      }),
  }
  return httpProvider(
    config,
    {
      codec: bedrockCodec,
      embed: embedBedrock,
      baseUrl: bedrockUrl(region),
      authorize: outgoing => authorizeBedrock(access, outgoing),
      secrets: [accessKeyId, secretAccessKey, sessionToken],
    },
    options,
  )
}
