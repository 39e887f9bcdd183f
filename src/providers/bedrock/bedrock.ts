import type { Codec } from '../codec.ts'
import { fromBedrock } from './bedrock-answer.ts'
import { toBedrock } from './bedrock-body.ts'
import { bedrockDialect } from './bedrock-dialect.ts'
import { fromBedrockStream } from './bedrock-stream.ts'

/** Amazon Bedrock's Converse API; streams come as AWS event streams (`wire/aws-frames.ts`). */
export const bedrockCodec: Codec = {
  dialect: bedrockDialect,
  write: toBedrock,
  readWhole: fromBedrock,
  readStream: fromBedrockStream,
}
