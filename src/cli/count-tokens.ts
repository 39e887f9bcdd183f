import { countTokens as count } from 'gpt-tokenizer'

/** What a text costs a model (o200k). Text that spells a control token, `<|endoftext|>` for one, is text like any other. */
export function countTokens(text: string): number {
  return count(text, { disallowedSpecial: new Set() })
}
