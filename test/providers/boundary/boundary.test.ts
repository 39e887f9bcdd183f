import type { OpenAiKind } from '../../../src/core/provider-name.ts'
import { aiSdkDialect } from '../../../src/providers/ai-sdk/ai-sdk-dialect.ts'
import { toCallOptions } from '../../../src/providers/ai-sdk/ai-sdk-options.ts'
import { anthropicCodec } from '../../../src/providers/anthropic/anthropic.ts'
import { bedrockCodec } from '../../../src/providers/bedrock/bedrock.ts'
import { openAiCodec } from '../../../src/providers/openai/openai.ts'
import { openAiProfiles } from '../../../src/providers/openai/profiles.ts'
import { describeBoundary } from '../../contract/boundary.ts'

for (const kind of ['openai', 'mistral', 'generic'] satisfies OpenAiKind[]) {
  describeBoundary(kind, openAiCodec(openAiProfiles[kind]))
}

describeBoundary('Anthropic', anthropicCodec())
describeBoundary('Bedrock', bedrockCodec)

const { signal } = new AbortController()
describeBoundary('the AI SDK', {
  dialect: aiSdkDialect,
  write: request => ({ path: '', body: { ...toCallOptions(request, 'v4', signal) } }),
  readWhole: () => [],
  readStream: () => ({ read: () => [], isOver: () => true, end: () => [] }),
})

const plain = openAiCodec()
describeBoundary('a wire with rules for keys and ids', {
  ...plain,
  dialect: {
    ...plain.dialect,
    keys: { illegal: /[^a-zA-Z0-9_.-]/gu, maxLength: 64 },
    callIds: { illegal: /[^a-zA-Z0-9_-]/gu, maxLength: 64 },
  },
})
